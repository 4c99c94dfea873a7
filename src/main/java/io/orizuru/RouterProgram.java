package io.orizuru;

import io.orizuru.config.Settings;
import io.orizuru.router.remote.StandaloneRouter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.logging.Handler;
import java.util.logging.Logger;

/** The router alone, without the framework: a small process that starts at once. */
final class RouterProgram {
    private static final int FAILED = 1;

    private RouterProgram() {}

    /** Serves until the process is told to end. */
    @SuppressWarnings("SystemOut") // A program of its own, with two lines to say.
    static void run(Settings settings) {
        // Read when the classes of the JDK's server are: seconds that a request may take to come, and to be answered.
        System.setProperty("sun.net.httpserver.maxReqTime", "30");
        System.setProperty("sun.net.httpserver.maxRspTime", "90");
        System.setProperty("jdk.httpserver.maxConnections", "256");
        System.setProperty("java.util.logging.SimpleFormatter.format", "%1$tT %4$-5s %5$s%6$s%n");
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setFilter(new LogLines());
        }
        try {
            Launch.makeDataDirectory(settings.data());
            StandaloneRouter router = StandaloneRouter.start(settings);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(router), "close"));
            System.err.println("orizuru: the router listens on port " + router.port()
                    + (router.tlsPort() == 0 ? "" : ", for TLS on " + router.tlsPort()) + ", and on "
                    + router.adminPort()
                    + " for its routes");
            Thread.currentThread().join();
        } catch (IOException | UncheckedIOException e) {
            System.err.println("orizuru: the router cannot start: " + reason(e));
            System.exit(FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String reason(Exception failure) {
        Throwable cause = failure.getCause();
        if (cause == null || failure instanceof UncheckedIOException) {
            return String.valueOf(failure.getMessage());
        }
        return failure.getMessage() + " (" + cause.getMessage() + ")";
    }

    private static void close(StandaloneRouter router) {
        try {
            router.close();
        } catch (IOException e) {
            System.err.println("orizuru: the router did not end well: " + e.getMessage());
        }
    }
}
