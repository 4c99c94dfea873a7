package io.orizuru.http;

import jakarta.enterprise.context.RequestScoped;
import org.jspecify.annotations.Nullable;

/** The request that is being served on this thread. */
@RequestScoped
public class Calls {
    private @Nullable Call call;
    private String token = "";

    public Call current() {
        if (call == null) {
            throw new IllegalStateException("no operation is being served");
        }
        return call;
    }

    /** Whether there is one: what is refused before its caller is known has none. */
    boolean begun() {
        return call != null;
    }

    /** The credential that it came with, empty without one. To be shown to nobody. */
    public String token() {
        return token;
    }

    void begin(Call begun, String credential) {
        call = begun;
        token = credential;
    }
}
