package io.orizuru.http;

import jakarta.enterprise.context.RequestScoped;
import org.jspecify.annotations.Nullable;

/** The request that is being served on this thread. */
@RequestScoped
public class Calls {
    private @Nullable Call call;

    public Call current() {
        if (call == null) {
            throw new IllegalStateException("no operation is being served");
        }
        return call;
    }

    void begin(Call begun) {
        call = begun;
    }
}
