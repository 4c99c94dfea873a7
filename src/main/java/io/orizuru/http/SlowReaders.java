package io.orizuru.http;

import io.quarkus.arc.Arc;
import io.quarkus.arc.ClientProxy;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/** Ends connections whose clients read nothing of an answer that grows, for as long as a single piece of it waits to be sent. */
final class SlowReaders {
    private static final Logger LOG = Logger.getLogger(SlowReaders.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final Set<Reader> READERS = ConcurrentHashMap.newKeySet();

    static {
        Thread.ofVirtual().name("slow-readers").start(SlowReaders::lookAgainAndAgain);
    }

    private SlowReaders() {}

    /** The client of one answer. */
    static final class Reader implements AutoCloseable {
        private final RoutingContext request;
        private volatile boolean waiting;
        private volatile long since;

        private Reader(RoutingContext request) {
            this.request = request;
        }

        void begin() {
            since = System.nanoTime();
            waiting = true;
        }

        void end() {
            waiting = false;
        }

        @Override
        public void close() {
            READERS.remove(this);
        }

        private void look() {
            if (waiting && System.nanoTime() - since > PATIENCE.toNanos()) {
                LOG.debugf("a client read nothing for %s; its connection ends", PATIENCE);
                waiting = false;
                request.request().connection().close();
            }
        }
    }

    /** The client of the request that is being served. */
    static Reader watch(RoutingContext request) {
        Reader reader = new Reader(request);
        READERS.add(reader);
        return reader;
    }

    /** The request that is being served, itself: to be had as well when it is served no more. */
    static RoutingContext request() {
        return ClientProxy.unwrap(Arc.container().instance(RoutingContext.class).get());
    }

    private static void lookAgainAndAgain() {
        try {
            while (true) {
                Thread.sleep(LOOK);
                READERS.forEach(Reader::look);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
