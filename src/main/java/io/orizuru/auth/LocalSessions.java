package io.orizuru.auth;

import io.quarkus.arc.Unremovable;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;

/** Sessions that this very program begins, to use its own API as a user of it. */
@ApplicationScoped
@Unremovable // Looked up by the tour, which is no bean.
public class LocalSessions {
    private static final Duration LIFE = Duration.ofMinutes(10);

    private final Sessions sessions;

    LocalSessions(Sessions sessions) {
        this.sessions = sessions;
    }

    /** A token that works for ten minutes. */
    public String open(String email) {
        return sessions.open(email, LIFE);
    }
}
