package io.orizuru.http;

import io.vertx.core.http.HttpServerRequest;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.ws.rs.core.Response;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How much of a body is taken, and how slowly it may come. */
@ApplicationScoped
class BodyLimit {
    /** Nobody is measured before. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** What the worst of lines brings; a body that comes more slowly holds a connection and nothing else. */
    private static final long SLOWEST_BYTES_PER_SECOND = 1024;

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

    /** The length that the head of a request declares; -1 when it comes in chunks, 0 when it has no body. */
    static long declared(HttpServerRequest request) {
        if (request.getHeader("Transfer-Encoding") != null) {
            return -1;
        }
        String length = request.getHeader("Content-Length");
        try {
            return length == null ? 0 : Math.max(0, Long.parseLong(length.strip()));
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** The answer to a body that is declared larger than it may be; null when it is not. */
    static @Nullable Response refusal(HttpServerRequest request, BodyRule rule) {
        return declared(request) <= rule.whole() ? null : Answers.text(413, refusal(rule));
    }

    private static String refusal(BodyRule rule) {
        return rule.isNone()
                ? "this operation takes no body"
                : TextMemory.tooLarge(rule.whole()).message();
    }

    /** The same bytes, refused as soon as there are too many, or when they come too slowly. */
    InputStream guarded(InputStream body, long most) {
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
                    throw TextMemory.tooLarge(most);
                }
                long late = System.nanoTime() - began - PATIENCE.toNanos();
                if (late > 0 && count < SLOWEST_BYTES_PER_SECOND * TimeUnit.NANOSECONDS.toSeconds(late)) {
                    throw new SlowBody();
                }
            }
        };
    }
}
