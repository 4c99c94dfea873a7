package io.orizuru.http;

import io.orizuru.failure.Failure;
import io.quarkus.runtime.configuration.MemorySize;
import io.quarkus.vertx.http.runtime.filters.Filters;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jspecify.annotations.Nullable;

/**
 * The largest body that is taken. Stands a little below the framework's own limit, which would answer without a word and
 * call the broken-off body a defect.
 */
@ApplicationScoped
class BodyLimit {
    private static final long MARGIN = 1 << 20;
    /** Before the framework looks at the length. */
    private static final int EARLY = 9_000;

    /** Nobody is measured before. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** What the worst of lines brings; a body that comes more slowly holds a connection and nothing else. */
    private static final long SLOWEST_BYTES_PER_SECOND = 1024;

    private final long most;

    /** The body comes so slowly that its sender means harm, or is gone. */
    static final class SlowBody extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private SlowBody() {
            super("the body came more slowly than " + SLOWEST_BYTES_PER_SECOND + " bytes/s", null, false, false);
        }
    }

    /** The rest of the body did not come: its sender is gone, or silent. Nobody's defect here. */
    static final class BrokenBody extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private BrokenBody(IOException cause) {
            super("the body ended before its end: " + cause.getMessage(), null, false, false);
        }
    }

    private interface Read {
        int read() throws IOException;
    }

    private static int arrived(Read next) {
        try {
            return next.read();
        } catch (IOException e) {
            throw new BrokenBody(e);
        }
    }

    BodyLimit(@ConfigProperty(name = "quarkus.http.limits.max-body-size") MemorySize framework) {
        this.most = Math.max(MARGIN, framework.asLongValue() - MARGIN);
    }

    void install(@Observes Filters filters) {
        filters.register(this::refuseDeclared, EARLY);
    }

    private void refuseDeclared(RoutingContext request) {
        if (length(request.request().getHeader("Content-Length")) <= most) {
            request.next();
            return;
        }
        // Nobody reads what follows, so the connection is of no use any more.
        request.response()
                .setStatusCode(413)
                .putHeader("Content-Type", "text/plain; charset=utf-8")
                .putHeader("Connection", "close")
                .end(refusal() + "\n")
                .onComplete(sent -> request.request().connection().close());
    }

    private static long length(@Nullable String header) {
        try {
            return header == null ? 0 : Long.parseLong(header);
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    private String refusal() {
        return "the body is larger than " + most + " bytes";
    }

    /** The same bytes, refused as soon as there are too many, or when they come too slowly. */
    InputStream guarded(InputStream body) {
        return new FilterInputStream(body) {
            private final long began = System.nanoTime();
            private long count;

            @Override
            public int read() throws IOException {
                int next = arrived(super::read);
                count(next < 0 ? 0 : 1);
                return next;
            }

            @Override
            public int read(byte[] buffer, int offset, int length) throws IOException {
                int read = arrived(() -> super.read(buffer, offset, length));
                count(Math.max(read, 0));
                return read;
            }

            private void count(int read) {
                count += read;
                if (count > most) {
                    throw Failure.tooLarge(refusal());
                }
                long late = System.nanoTime() - began - PATIENCE.toNanos();
                if (late > 0 && count < SLOWEST_BYTES_PER_SECOND * TimeUnit.NANOSECONDS.toSeconds(late)) {
                    throw new SlowBody();
                }
            }
        };
    }
}
