package io.orizuru;

import io.orizuru.config.Settings;
import io.orizuru.router.remote.OwnRouter;
import io.orizuru.router.remote.StandaloneRouter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Logger;
import java.util.regex.Pattern;

/** The router alone, without the framework: a small process that starts at once. */
final class RouterProgram {
    private static final int FAILED = 1;

    private static final List<String> MEMORY = List.of("-Xmx96m", "-XX:MaxDirectMemorySize=128m");
    /** Doors for debuggers, which only one process can have, and what is for the server alone. */
    private static final Pattern NOT_FOR_IT =
            Pattern.compile("-agentlib:.*|-Xrun.*|-Dcom\\.sun\\.management.*|-Dorizuru\\..*");

    private RouterProgram() {}

    /** Serves until the process is told to end. */
    @SuppressWarnings("SystemOut") // A program of its own, with two lines to say.
    static void run(Settings settings) {
        System.setProperty("java.util.logging.SimpleFormatter.format", "%1$tT %4$-5s %5$s%6$s%n");
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setFilter(new LogLines());
        }
        try {
            Launch.makeDataDirectory(settings.data());
            StandaloneRouter router = StandaloneRouter.start(
                    settings,
                    () -> Thread.ofPlatform().name("end").start(() -> System.exit(0)),
                    Boolean.getBoolean(OwnRouter.FOLLOWS));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(router), "close"));
            System.err.println("orizuru: the router listens on port " + router.port()
                    + (router.tlsPort() == 0 ? "" : ", for TLS on " + router.tlsPort()) + ", and on "
                    + settings.routersApart().adminListen()
                    + (router.adminPort() == 0 ? "" : ", port " + router.adminPort() + ",")
                    + " for its routes");
            Thread.currentThread().join();
        } catch (IOException | UncheckedIOException e) {
            System.err.println("orizuru: the router cannot start: " + reason(e));
            System.exit(FAILED);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * What starts it, as this server was started: with the same Java, its options and the same settings, but with the memory
     * that a router needs.
     */
    static List<String> command() {
        List<String> own = List.of(commandLine().split("\0"));
        int jar = own.indexOf("-jar");
        if (jar < 1 || own.size() < jar + 3) {
            throw new IllegalStateException("the server was not started as a program of its own: " + own);
        }
        List<String> command = new ArrayList<>(own.subList(0, jar));
        command.removeIf(word -> NOT_FOR_IT.matcher(word).matches());
        command.addAll(MEMORY);
        command.addAll(List.of("-jar", own.get(jar + 1), "router"));
        command.addAll(own.subList(jar + 3, own.size()));
        return command;
    }

    private static String commandLine() {
        try {
            return Files.readString(Path.of("/proc/self/cmdline"));
        } catch (IOException e) {
            throw new UncheckedIOException("how this server was started cannot be read", e);
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
