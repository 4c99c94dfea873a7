package io.orizuru.endtoend;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/** Looks at an app again and again, while something happens to it, and keeps every look that went wrong. */
final class Visits implements AutoCloseable {
    private static final int EYES = 2;
    /** A crowd would slow down what is watched. */
    private static final long PACE = Duration.ofMillis(5).toNanos();

    private final List<String> failed = new CopyOnWriteArrayList<>();
    private final AtomicInteger served = new AtomicInteger();
    private final List<Thread> threads;
    private volatile boolean over;

    private Visits(Visitor visitor) {
        threads = IntStream.range(0, EYES)
                .mapToObj(eye -> Thread.ofVirtual().start(() -> look(visitor)))
                .toList();
    }

    static Visits of(Visitor visitor) {
        return new Visits(visitor);
    }

    private void look(Visitor visitor) {
        while (!over) {
            try {
                Reply reply = visitor.look("/");
                if (reply.status() == 200) {
                    served.incrementAndGet();
                } else {
                    failed.add(reply.status() + " " + reply.body());
                }
            } catch (IOException e) {
                failed.add(e.toString());
            }
            LockSupport.parkNanos(PACE);
        }
    }

    /** The looks that went wrong, until now or until it was closed. */
    List<String> failed() {
        return failed;
    }

    int served() {
        return served.get();
    }

    @Override
    public void close() {
        over = true;
        try {
            for (Thread thread : threads) {
                thread.join(Duration.ofMinutes(1));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
