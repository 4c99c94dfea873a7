package io.orizuru.provision.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Tells what was started inside a unit from outside, and all that it started: such processes have the mark in their
 * environment, or are in the session of one that has. The unit's own processes know nothing of the mark and stay.
 *
 * <p>The mark names the server, so that what a killed one left is found.
 */
final class Mark {
    /** The variable that holds the mark. */
    static final String VARIABLE = "ORIZURU_EXECUTION";

    /** More than any app's can have; in bytes. */
    private static final int LARGEST_ENVIRONMENT = 1 << 20;

    private static final Logger LOG = Logger.getLogger(Mark.class);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    private static final Pattern ANY = Pattern.compile("\\b" + VARIABLE + "=(\\d{1,18})-(\\d{1,18})-[0-9a-f-]{36}\0");

    private final String value;
    /** Of the marked processes seen so far, without the server's own. */
    private final Set<Long> sessions = ConcurrentHashMap.newKeySet();

    private Mark(String value) {
        this.value = value;
    }

    static Mark next() {
        Running server = Running.of(ProcessHandle.current().pid()).orElseThrow();
        return new Mark(server.pid() + "-" + server.startTicks() + "-" + UUID.randomUUID());
    }

    String value() {
        return value;
    }

    /** Remembers the sessions of what is marked: processes in them are found even when they lost their environment. */
    void look() {
        processes();
    }

    /**
     * Ends all of it, again and again: what is being killed may start more.
     *
     * @param first what was started
     * @throws IOException when not even SIGKILL ended it
     */
    void end(Process first) throws IOException {
        boolean ended = Wait.until(END_LIMIT, () -> {
            List<ProcessHandle> left = processes();
            left.forEach(ProcessHandle::destroyForcibly);
            return left.isEmpty() && !first.isAlive();
        });
        if (!ended) {
            throw new IOException("not even SIGKILL ended what was started");
        }
    }

    private List<ProcessHandle> processes() {
        String variable = VARIABLE + "=" + value + "\0";
        long own = session(ProcessHandle.current()).orElse(0L);
        Set<ProcessHandle> marked = new HashSet<>();
        List<ProcessHandle> all = ProcessHandle.allProcesses().toList();
        for (ProcessHandle process : all) {
            if (environment(process).contains(variable)) {
                marked.add(process);
                session(process).filter(session -> session != own).ifPresent(sessions::add);
            }
        }
        if (!sessions.isEmpty()) {
            all.stream()
                    .filter(process ->
                            session(process).filter(sessions::contains).isPresent())
                    .forEach(marked::add);
        }
        return List.copyOf(marked);
    }

    /** Ends what servers left that are gone. */
    static void endAbandoned() {
        ProcessHandle.allProcesses()
                .filter(process -> isAbandoned(environment(process)))
                .forEach(process -> {
                    LOG.infof(
                            "ending the process %d, which was started in a unit by a server that is gone",
                            process.pid());
                    process.destroyForcibly();
                });
    }

    private static boolean isAbandoned(String environment) {
        Matcher mark = ANY.matcher(environment);
        return mark.find()
                && Running.of(Long.parseLong(mark.group(1)))
                        .filter(server -> server.startTicks() == Long.parseLong(mark.group(2)))
                        .isEmpty();
    }

    private static Optional<Long> session(ProcessHandle process) {
        try {
            String line = Files.readString(
                    Path.of("/proc", Long.toString(process.pid()), "stat"), StandardCharsets.ISO_8859_1);
            // After the name: state, parent, group, session.
            String[] fields = line.substring(line.lastIndexOf(") ") + 2).split(" ");
            return Optional.of(Long.valueOf(fields[3]));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String environment(ProcessHandle process) {
        try {
            // A process can have its environment shown as any memory that it has, however much that is.
            try (InputStream in = Files.newInputStream(Path.of("/proc", Long.toString(process.pid()), "environ"))) {
                return new String(in.readNBytes(LARGEST_ENVIRONMENT), StandardCharsets.ISO_8859_1);
            }
        } catch (IOException e) {
            // It has ended, or it is somebody else's.
            return "";
        }
    }
}
