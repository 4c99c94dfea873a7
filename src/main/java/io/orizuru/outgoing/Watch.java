package io.orizuru.outgoing;

import io.orizuru.outgoing.OutgoingFailure.Rule;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a call when its time is over, whatever it waits for: timeouts of single reads don't stop a peer that sends a byte
 * now and then. It closes the socket, which is the one thing that stops every blocking operation on it.
 */
final class Watch implements AutoCloseable {
    private final Duration whole;
    private final long end;
    private final CountDownLatch over = new CountDownLatch(1);
    private boolean expired;
    private @Nullable Socket guarded;

    Watch(Duration whole) {
        this.whole = whole;
        end = System.nanoTime() + whole.toNanos();
        Thread.ofVirtual().name("outgoing-watch").start(this::run);
    }

    private void run() {
        try {
            if (over.await(end - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            // Nobody else has this thread; ending the call early is the safe reading.
        }
        expire();
    }

    /** The socket to close in time, instead of the one before. */
    synchronized void guard(Socket socket) {
        guarded = socket;
        if (expired) {
            close(socket);
        }
    }

    synchronized boolean expired() {
        return expired || System.nanoTime() - end >= 0;
    }

    /** What is left in milliseconds, at least 1: for the JDK, 0 means for ever. */
    int leftMillis(Duration atMost) {
        long left = Math.min(TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()), atMost.toMillis());
        return Math.clamp(left, 1, Integer.MAX_VALUE);
    }

    @Override
    public void close() {
        over.countDown();
    }

    /** Closes what is guarded, now. */
    synchronized void closeGuarded() {
        if (guarded != null) {
            close(guarded);
        }
    }

    OutgoingFailure failure(String host, @Nullable Throwable cause) {
        return new OutgoingFailure(
                Rule.TIME, host, "it took longer than the " + whole.toMillis() + " ms that it may take", cause);
    }

    private synchronized void expire() {
        expired = true;
        closeGuarded();
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // It is of no use any more, closed or not.
        }
    }
}
