package io.orizuru.app;

import io.orizuru.db.Database;
import io.orizuru.failure.Failure;
import io.orizuru.http.OpenStreams;
import io.orizuru.http.Socket;
import io.orizuru.log.LogLine;
import io.orizuru.log.Logs;
import io.orizuru.log.SentLines;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jboss.logging.Logger;
import org.springframework.dao.DataAccessException;

/** The agents that are connected to bring lines of apps' logs. */
@ApplicationScoped
public class LogIntakes {
    private static final Logger LOG = Logger.getLogger(LogIntakes.class);
    /** One agent looks after a machine. */
    private static final int MOST = 128;

    private static final Duration LOOK = Duration.ofMillis(500);
    /** How long it is not looked again whether an app is there: one that is not may be made any moment. */
    private static final Duration KNOWN_THERE = Duration.ofSeconds(2);

    private static final Duration KNOWN_ABSENT = Duration.ofMillis(200);

    private static final int MOST_KNOWN = 10_000;

    private final Logs logs;
    private final Apps apps;
    private final OpenStreams streams;
    private final Clock clock;
    private final Semaphore room = new Semaphore(MOST);
    private volatile boolean stopping;

    LogIntakes(Logs logs, Apps apps, OpenStreams streams, Clock clock) {
        this.logs = logs;
        this.apps = apps;
        this.streams = streams;
        this.clock = clock;
    }

    /** Ends all that are open here and opens no more: the server is about to stop. */
    public void endAll() {
        stopping = true;
    }

    /**
     * Makes room for one.
     *
     * @throws Failure when there are too many, or the server stops
     */
    Open open() {
        if (stopping) {
            throw Failure.unavailable("the server is stopping");
        }
        if (!room.tryAcquire()) {
            throw Failure.unavailable("this server takes lines from " + MOST + " agents already, which is its limit");
        }
        return new Open(streams.watch());
    }

    /** An agent's connection. It ends with the agent, with its token and with the server. */
    final class Open implements AutoCloseable {
        private final OpenStreams.Watch watch;
        private final Map<String, Known> known = new HashMap<>();
        private String ended = "";
        private long foreign;

        private Open(OpenStreams.Watch watch) {
            this.watch = watch;
        }

        /** Whether an app was there, and until when that counts. */
        private record Known(boolean there, long until) {}

        /** Takes lines until it ends; answers why, for the socket's close. */
        String serve(Socket socket) {
            SentLines lines = new SentLines(new Received(socket), clock);
            try {
                Optional<LogLine> next = lines.next();
                while (next.isPresent()) {
                    accept(next.get());
                    next = lines.next();
                }
            } catch (Failure e) {
                ended = ended.isEmpty() ? String.valueOf(e.getMessage()) : ended;
            }
            if (!ended.isEmpty()) {
                socket.send("Error: " + ended + "\n");
            }
            return ended;
        }

        /** Lines of an app that is not there would be read by whoever makes one of that name. */
        private void accept(LogLine line) {
            if (isThere(line.app())) {
                logs.accept(line);
            } else {
                foreign++;
            }
        }

        private boolean isThere(String app) {
            Known last = known.get(app);
            if (last != null && System.nanoTime() - last.until() < 0) {
                return last.there();
            }
            boolean there;
            try {
                there = AppName.isOne(app) && apps.exists(app);
            } catch (DataAccessException e) {
                // The lines wait until the database is there again.
                there = Database.isAway(e) && (last == null || last.there());
            }
            if (known.size() >= MOST_KNOWN) {
                known.clear();
            }
            Duration counts = there ? KNOWN_THERE : KNOWN_ABSENT;
            known.put(app, new Known(there, System.nanoTime() + counts.toNanos()));
            return there;
        }

        @Override
        public void close() {
            watch.close();
            room.release();
            if (foreign > 0) {
                LOG.infof("An agent brought %d lines of apps that are not there; they were not kept.", foreign);
            }
        }

        /** What the agent sends, as one stream: objects may be cut anywhere. */
        private final class Received extends InputStream {
            private final Socket socket;
            private byte[] piece = {};
            private int at;

            private Received(Socket socket) {
                this.socket = socket;
            }

            @Override
            public int read() {
                return arrive() ? piece[at++] & 0xff : -1;
            }

            @Override
            public int read(byte[] into, int from, int most) {
                if (most == 0) {
                    return 0;
                }
                if (!arrive()) {
                    return -1;
                }
                int count = Math.min(most, piece.length - at);
                System.arraycopy(piece, at, into, from, count);
                at += count;
                return count;
            }

            private boolean arrive() {
                while (at == piece.length) {
                    boolean open = socket.isOpen(); // Before: what came until it was closed is to be taken.
                    Optional<byte[]> next = socket.receive(LOOK);
                    if (next.isPresent()) {
                        piece = next.get();
                        at = 0;
                        return true;
                    }
                    ended = problem();
                    if (!ended.isEmpty() || !open) {
                        return false;
                    }
                }
                return true;
            }

            private String problem() {
                if (stopping) {
                    return "the server is stopping";
                }
                return watch.revoked() ? "the token is not valid any more" : "";
            }
        }
    }
}
