package io.orizuru.http;

import io.orizuru.access.Caller;
import io.orizuru.failure.Failure;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * Ends answers that grow when the credential they were asked for with is revoked, wherever that was done. One thread looks
 * after all of them, once per credential and second, so the number of streams costs nothing.
 */
@ApplicationScoped
public class OpenStreams {
    private static final Logger LOG = Logger.getLogger(OpenStreams.class);
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** Each may hold a piece of its answer that waits for its reader. */
    private static final int MOST = 600;

    private static final int MOST_OF_CALLER = 250;

    private final Semaphore places = new Semaphore(MOST);
    private final Map<String, Integer> byCaller = new ConcurrentHashMap<>();
    private final Authenticator authenticator;
    private final Calls calls;
    private final Map<String, Watched> byToken = new ConcurrentHashMap<>();
    private @Nullable Thread looking;

    OpenStreams(Authenticator authenticator, Calls calls) {
        this.authenticator = authenticator;
        this.calls = calls;
    }

    /** A credential with streams that are open under it. */
    private static final class Watched {
        private final Caller caller;
        private volatile Caller now;
        private int streams;
        private volatile boolean revoked;

        private Watched(Caller caller) {
            this.caller = caller;
            this.now = caller;
        }
    }

    /** Looks after the credential of a request for as long as what it opened stays open. */
    public final class Watch implements AutoCloseable {
        private final String token;
        private final Watched watched;

        private Watch(String token, Caller caller) {
            this.token = token;
            this.watched = begin(token, caller);
        }

        /** Whether the credential is no more. */
        public boolean revoked() {
            return watched.revoked;
        }

        /** Whose it is, with what they may do now. */
        public Caller caller() {
            return watched.now;
        }

        @Override
        public void close() {
            end(token);
        }
    }

    /** Looks after the credential of the request that is being served, until it is closed. */
    public Watch watch() {
        return new Watch(calls.token(), calls.current().caller());
    }

    void start(@Observes StartupEvent event) {
        looking = Thread.ofVirtual().name("open-streams").start(this::lookAgainAndAgain);
    }

    void stop(@Observes ShutdownEvent event) {
        if (looking != null) {
            looking.interrupt();
        }
    }

    /**
     * The writer of a stream of the request that is being served: its {@link Lines} close once the credential is no more.
     *
     * @throws Failure when the caller, or all callers together, have too many open
     */
    public Consumer<Lines> watched(Consumer<Lines> writer) {
        String token = calls.token();
        Caller caller = calls.current().caller();
        takePlace(caller.type() + "/" + caller.name());
        return lines -> {
            Watched watched = begin(token, caller);
            try {
                lines.closeWhen(() -> watched.revoked);
                writer.accept(lines);
            } finally {
                end(token);
            }
        };
    }

    private void takePlace(String caller) {
        byCaller.merge(caller, 1, (before, one) -> {
            if (before >= MOST_OF_CALLER) {
                throw Failure.unavailable("you have " + MOST_OF_CALLER
                        + " streams open on this server, which is the limit of one caller");
            }
            return before + one;
        });
        if (!places.tryAcquire()) {
            leavePlace(caller);
            throw Failure.unavailable("this server has " + MOST + " streams open, which is its limit");
        }
        SlowReaders.request().addEndHandler(ended -> {
            places.release();
            leavePlace(caller);
        });
    }

    private void leavePlace(String caller) {
        byCaller.computeIfPresent(caller, (name, count) -> count == 1 ? null : Integer.valueOf(count - 1));
    }

    private Watched begin(String token, Caller caller) {
        return byToken.compute(token, (key, known) -> {
            Watched watched = known == null ? new Watched(caller) : known;
            watched.streams++;
            return watched;
        });
    }

    private void end(String token) {
        byToken.computeIfPresent(token, (key, watched) -> --watched.streams == 0 ? null : watched);
    }

    private void lookAgainAndAgain() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                byToken.forEach(this::look);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A database that does not answer says nothing about a credential. */
    private void look(String token, Watched watched) {
        try {
            Caller now = authenticator.authenticate(token).caller();
            if (now.type() != watched.caller.type() || !now.name().equals(watched.caller.name())) {
                watched.revoked = true;
            } else {
                watched.now = now;
            }
        } catch (RuntimeException | Error e) {
            LOG.debugf(e, "a credential could not be looked at");
        }
    }
}
