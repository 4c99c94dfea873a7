package io.orizuru.app;

import io.orizuru.event.Sessions;
import io.orizuru.http.OpenStreams;
import io.orizuru.http.Socket;
import io.orizuru.provision.Shell;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A shell that is open, between its terminal and the socket of whoever sits there. It ends with the shell, with the socket,
 * with the credential or the permission that it was opened with, with the server, and when its time is over.
 */
final class OpenShell implements AutoCloseable {
    private static final Duration LOOK = Duration.ofMillis(250);
    private static final Duration LAST_WORDS = Duration.ofSeconds(5);
    private static final int BUFFER = 4096;

    private final Shells shells;
    private final Sessions sessions;
    private final String event;
    private final App app;
    private final Shell shell;
    private final OpenStreams.Watch watch;
    private final CountDownLatch over = new CountDownLatch(1);
    private final long began = System.nanoTime();
    private volatile long usedAt = System.nanoTime();
    private volatile boolean ended;
    private final AtomicBoolean closed = new AtomicBoolean();
    private String error = "";
    /** Whether it ended by itself. */
    private boolean exited;

    OpenShell(Shells shells, Sessions sessions, String event, App app, Shell shell, OpenStreams.Watch watch) {
        this.shells = shells;
        this.sessions = sessions;
        this.event = event;
        this.app = app;
        this.shell = shell;
        this.watch = watch;
    }

    /** Serves it until it ends; answers why, for the socket's close. */
    String serve(Socket socket) {
        // Both wait for the system, and would hold what virtual threads run on.
        Thread shown = Thread.ofPlatform().name("shell-shown").daemon().start(() -> show(socket));
        Thread typed = Thread.ofPlatform().name("shell-typed").daemon().start(() -> type(socket));
        try {
            while (!over.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                error = problem();
                if (!error.isEmpty()) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            error = "the server is stopping";
        }
        exited = error.isEmpty() && ended;
        String why = exited ? "exit " + shell.exitCode() : error;
        shell.close();
        join(shown);
        typed.interrupt();
        join(typed);
        if (!error.isEmpty()) {
            socket.send("\r\nError: " + error + "\r\n");
        }
        close(); // Whoever sees the socket closed finds the end on record.
        return why;
    }

    private void show(Socket socket) {
        byte[] buffer = new byte[BUFFER];
        int read = shell.read(buffer);
        while (read >= 0 && socket.send(buffer, read)) {
            usedAt = System.nanoTime();
            read = shell.read(buffer);
        }
        ended = read < 0;
        over.countDown();
    }

    private void type(Socket socket) {
        Optional<byte[]> next = socket.receive();
        while (next.isPresent()) {
            usedAt = System.nanoTime();
            shell.write(next.get());
            next = socket.receive();
        }
        over.countDown();
    }

    /** Why it may not go on; empty while it may. */
    private String problem() {
        if (shells.stopping()) {
            return "the server is stopping";
        }
        if (watch.revoked()) {
            return "the token that the shell was opened with is not valid any more";
        }
        if (!watch.caller().may(Shells.PERMISSION, app)) {
            return "the permission " + Shells.PERMISSION + " was taken away";
        }
        long now = System.nanoTime();
        if (now - usedAt > shells.limits().idle().toNanos()) {
            return "the shell was idle for " + shells.limits().idle().toSeconds() + " s, the limit";
        }
        if (now - began > shells.limits().longest().toNanos()) {
            return "the shell was open for " + shells.limits().longest().toSeconds() + " s, the limit";
        }
        return "";
    }

    private static void join(Thread thread) {
        try {
            thread.join(LAST_WORDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends it with all that was started in it, served or not. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        shell.close();
        watch.close();
        shells.leave(app);
        sessions.end(event, error, exited ? Map.of("exitCode", shell.exitCode()) : Map.of());
    }
}
