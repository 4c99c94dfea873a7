package io.orizuru.git;

import io.orizuru.config.Settings;
import io.orizuru.failure.Failure;
import io.orizuru.files.OwnedFile;
import io.orizuru.files.Trees;
import io.orizuru.limit.FairShare;
import io.orizuru.outgoing.Door;
import io.orizuru.outgoing.OutgoingFailure;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Fetches what repositories have. */
@ApplicationScoped
public class Repositories {
    private static final Logger LOG = Logger.getLogger(Repositories.class);
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** Each may use a core, and the room of two archives. */
    private static final int FETCHES_AT_ONCE = 4;

    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration LOOK = Duration.ofMillis(400);
    private static final Duration END_LIMIT = Duration.ofSeconds(10);
    private static final int PRINTED_BYTES = 64 << 10;
    private static final int LONGEST_REASON = 300;

    /** The first one that can be told which addresses a host has. */
    private static final int[] OLDEST = {2, 37};

    private static final Pattern VERSION = Pattern.compile("git version (\\d{1,4})\\.(\\d{1,4}).*", Pattern.DOTALL);
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");

    private final Path directory;
    private final Door door;
    private final FairShare fetches = new FairShare(FETCHES_AT_ONCE);
    private volatile boolean usable;

    @Inject
    Repositories(Settings settings, Door door) {
        this(settings.data(), door);
    }

    /** @param data the server's data directory */
    Repositories(Path data, Door door) {
        directory = data.resolve("git");
        this.door = door;
    }

    /** Why nothing can be fetched on this machine, or null. */
    public @Nullable String refusal() {
        if (usable) {
            return null;
        }
        String version = version();
        Matcher matcher = VERSION.matcher(version);
        if (!matcher.matches()) {
            return "this machine lacks git (package git)";
        }
        int major = Integer.parseInt(matcher.group(1));
        int minor = Integer.parseInt(matcher.group(2));
        if (major < OLDEST[0] || (major == OLDEST[0] && minor < OLDEST[1])) {
            return "this machine has git " + major + "." + minor + "; it takes " + OLDEST[0] + "." + OLDEST[1]
                    + " or newer to fetch repositories safely";
        }
        // Only a good answer is kept: what is missing may be installed meanwhile.
        usable = true;
        return null;
    }

    private static String version() {
        try {
            Process process = new ProcessBuilder("/usr/bin/git", "version")
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (InputStream said = process.getInputStream()) {
                if (!process.waitFor(END_LIMIT)) {
                    process.destroyForcibly();
                    return "";
                }
                return new String(said.readNBytes(100), StandardCharsets.UTF_8);
            }
        } catch (IOException e) {
            return "";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "";
        }
    }

    /**
     * Fetches one commit of a repository as a tar archive, without its history; takes 5 minutes at most, and as long again to
     * wait for its turn.
     *
     * @param team whose share of fetching it takes
     * @param user the operating system's user number that git runs as; null for the server's own
     * @param archive the file to write, which is left as it is when this fails
     * @param check called at least twice a second; when it throws, git is ended and the exception goes on
     * @return the commit's name, 40 or 64 hexadecimal digits
     * @throws Failure invalid, with the reason for the user, when it cannot be fetched; too large
     */
    public String fetch(String team, Repository repository, @Nullable Integer user, Path archive, Runnable check) {
        String refusal = refusal();
        if (refusal != null) {
            throw Failure.invalid(refusal);
        }
        List<InetSocketAddress> addresses = addresses(repository);
        // No other attempt's: git of a server that was killed may go on for a while.
        Path work = directory.resolve(
                archive.getFileName() + "-" + Long.toHexString(System.nanoTime()) + OwnedFile.suffix());
        try (FairShare.Place place = fetches.ask(team)) {
            awaitTurn(place, check);
            prepare(work, user);
            return fetched(repository, user, addresses, work, archive, check);
        } catch (IOException e) {
            throw new UncheckedIOException("the repository cannot be fetched into " + work, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        } finally {
            delete(work);
        }
    }

    private List<InetSocketAddress> addresses(Repository repository) {
        try {
            return door.resolve(repository.host(), repository.port());
        } catch (OutgoingFailure e) {
            throw unfetched(String.valueOf(e.getMessage()));
        }
    }

    private static void awaitTurn(FairShare.Place place, Runnable check) {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        try {
            while (!place.await(LOOK)) {
                check.run();
                if (System.nanoTime() - deadline > 0) {
                    throw Failure.unavailable("other repositories, of the same team or of all, have been fetched for "
                            + LIMIT.toMinutes() + " minutes, as many at once as may be; try again later");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Failure.unavailable("the server is stopping");
        }
    }

    private void prepare(Path work, @Nullable Integer user) throws IOException {
        Files.createDirectories(directory, OWNER_ONLY);
        Files.createDirectory(work, OWNER_ONLY);
        if (user != null) {
            Files.setAttribute(work, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(work, "unix:gid", user, LinkOption.NOFOLLOW_LINKS);
        }
    }

    private static String fetched(
            Repository repository,
            @Nullable Integer user,
            List<InetSocketAddress> addresses,
            Path work,
            Path archive,
            Runnable check)
            throws IOException, InterruptedException {
        boolean apart = user != null || Apartness.possible();
        ProcessBuilder builder = new ProcessBuilder(GitCommand.line(repository, user, apart, work, LIMIT));
        builder.directory(work.toFile());
        builder.environment().clear();
        builder.environment().putAll(GitCommand.environment(repository, addresses));
        builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.redirectOutput(archive.toFile());
        boolean complete = false;
        try {
            Process process = builder.start();
            Printed printed = new Printed(process.getErrorStream());
            Thread reader = Thread.ofVirtual().name("git-output").start(printed);
            try {
                await(process, check);
            } finally {
                // Whatever it started ends with it: bubblewrap and its processes die with their parent.
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
                process.waitFor(END_LIMIT);
                reader.join(END_LIMIT);
            }
            if (process.exitValue() != 0) {
                throw reason(repository, process.exitValue(), printed.text());
            }
            String commit = commit(work);
            complete = true;
            return commit;
        } finally {
            if (!complete) {
                Files.deleteIfExists(archive);
            }
        }
    }

    private static void await(Process process, Runnable check) throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        while (!process.waitFor(LOOK)) {
            check.run();
            if (System.nanoTime() - deadline > 0) {
                throw unfetched("it took longer than " + LIMIT.toMinutes() + " minutes");
            }
        }
    }

    private static String commit(Path work) throws IOException {
        // git's own directory: what lies there may be anything.
        Path file = work.resolve(GitCommand.COMMIT);
        try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            String commit = new String(in.readNBytes(100), StandardCharsets.UTF_8);
            if (!COMMIT.matcher(commit).matches()) {
                throw new IOException("git named no commit");
            }
            return commit;
        }
    }

    private static Failure reason(Repository repository, int code, String printed) {
        if (code == 153 || printed.contains("signal 25") || printed.contains("File too large")) {
            return Failure.tooLarge("the repository's files are larger than 512 MiB");
        }
        if (printed.contains("terminal prompts disabled") || printed.contains("Authentication failed")) {
            return unfetched(
                    repository.password().isEmpty()
                            ? "its server wants a user and a password: give git-user and git-password"
                            : "its server does not accept git-user and git-password");
        }
        if (printed.contains("couldn't find remote ref") || printed.contains("not our ref")) {
            return unfetched("it has no branch, tag or commit \"" + repository.ref()
                    + "\"; a commit is named by all of its 40 digits");
        }
        if (printed.contains("returned error: 30") || printed.contains("url base from redirection")) {
            return unfetched("its server redirects to another address: give that one");
        }
        String last = printed.lines()
                .filter(line -> line.startsWith("fatal: ") || line.startsWith("error: "))
                .map(line -> line.substring("fatal: ".length()))
                .reduce((first, second) -> second)
                .orElse("git ended with code " + code);
        return unfetched(last.length() <= LONGEST_REASON ? last : last.substring(0, LONGEST_REASON) + "...");
    }

    private static Failure unfetched(String why) {
        return Failure.invalid("the repository cannot be fetched: " + why);
    }

    /** Removes what servers that were killed left of their fetches. */
    public void sweep() {
        for (Path work : OwnedFile.abandoned(directory)) {
            try {
                delete(work);
            } catch (UncheckedIOException e) {
                LOG.warnf(e, "what a fetch left at %s is removed at the next start", work);
            }
        }
    }

    /** git may have made it, as another user, and may write there still. */
    private static void delete(Path work) {
        try {
            Trees.delete(work);
        } catch (IOException e) {
            throw new UncheckedIOException("the directory " + work + " cannot be removed", e);
        }
    }

    /** What git says of its troubles; the last part of it, printable. */
    private static final class Printed implements Runnable {
        private final InputStream stream;
        private volatile String text = "";

        private Printed(InputStream stream) {
            this.stream = stream;
        }

        @Override
        public void run() {
            try (stream) {
                String said = new String(stream.readNBytes(PRINTED_BYTES), StandardCharsets.UTF_8);
                text = said.replaceAll("[^\\n\\x20-\\x7e]", "?");
                stream.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // It was ended.
            }
        }

        private String text() {
            return text;
        }
    }
}
