package io.orizuru.deploy;

import io.orizuru.config.Settings;
import io.orizuru.disk.Disks;
import io.orizuru.failure.Failure;
import io.orizuru.files.OwnedFile;
import io.orizuru.http.Upload;
import io.orizuru.limit.FairShare;
import io.orizuru.outgoing.AnswerHead;
import io.orizuru.outgoing.Call;
import io.orizuru.outgoing.Door;
import io.orizuru.outgoing.OutgoingFailure;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;

/**
 * Archives of deploys under way, uploaded or fetched. They are on disk, durably, before their deploy is accepted: what is
 * behind a URL may be gone or another thing when a server takes over, and the URL itself may be a secret.
 */
@ApplicationScoped
class Archives {
    /** What people upload is nobody else's business on this machine. */
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    /** In bytes; engines take no more either. */
    private static final long LARGEST = 512L << 20;

    private static final Duration FETCH_LIMIT = Duration.ofMinutes(5);
    /** Long after the limit: whoever fetched it is gone. */
    private static final Duration LEFT_BEHIND = Duration.ofHours(1);

    private static final int OK = 200;
    private static final String PART = ".part";
    private static final int FETCHES_AT_ONCE = 8;

    private final Path directory;
    private final Door door;
    private final Disks disks;
    private final Clock clock;
    private final FairShare fetches = new FairShare(FETCHES_AT_ONCE);

    Archives(Settings settings, Door door, Disks disks, Clock clock) {
        this.disks = disks;
        directory = settings.data().resolve("archives");
        this.door = door;
        this.clock = clock;
    }

    /** The archives of processes that are gone. */
    List<String> abandoned() {
        return OwnedFile.abandoned(directory).stream()
                .map(file -> file.getFileName().toString())
                .toList();
    }

    /** Fails as soon as the disk has too little room. */
    void requireRoom() {
        disks.require();
    }

    /** Takes an upload over under a name; durable when it returns. */
    void take(Upload upload, String name) {
        if (upload.size() > LARGEST) {
            throw tooLarge();
        }
        try {
            Files.createDirectories(directory, OWNER_ONLY);
            keep(upload.path(), name);
        } catch (IOException e) {
            throw new UncheckedIOException("the uploaded archive cannot be kept", e);
        }
    }

    private void keep(Path file, String name) throws IOException {
        Path target = path(name);
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        force(target);
        force(directory);
    }

    /**
     * Fetches an archive under a name; durable when it returns, and at most 5 minutes later.
     *
     * @param team whose share of fetching it takes
     * @return its size in bytes
     * @throws Failure invalid, with the reason, if it cannot be fetched; too large; unavailable if many are fetched already
     */
    long fetch(String team, String url, String name) {
        FairShare.Place place = fetches.take(team)
                .orElseThrow(
                        () -> Failure.unavailable(team + " fetches " + fetches.held(team) + " archives already, and may"
                                + " fetch " + fetches.perGroup() + ", or this server fetches " + FETCHES_AT_ONCE
                                + "; try again soon"));
        Path part = path(name + PART);
        try {
            disks.require();
            Files.createDirectories(directory, OWNER_ONLY);
            removeLeftBehind();
            Call call = Call.get(url).timeout(FETCH_LIMIT).answerLimit(LARGEST);
            AnswerHead head = door.save(call, part);
            if (head.status() != OK) {
                throw Failure.invalid("the archive cannot be fetched: the answer's status is " + head.status());
            }
            long size = Files.size(part);
            keep(part, name);
            return size;
        } catch (OutgoingFailure e) {
            throw e.rule() == OutgoingFailure.Rule.SIZE
                    ? tooLarge()
                    : Failure.invalid("the archive cannot be fetched: " + e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("the fetched archive cannot be kept", e);
        } finally {
            delete(name + PART);
            place.close();
        }
    }

    /**
     * Keeps what somebody writes under a name, in the place of what is there; durable when it returns.
     *
     * @param writer gets the file to write, and answers what this answers
     */
    <T> T write(String name, Function<Path, T> writer) {
        Path part = path(name + PART);
        try {
            disks.require();
            Files.createDirectories(directory, OWNER_ONLY);
            // An attempt before may still write to its file: it keeps that one.
            delete(name + PART);
            T answer = writer.apply(part);
            keep(part, name);
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException("the archive cannot be kept", e);
        } finally {
            delete(name + PART);
        }
    }

    /** What servers left that died while they fetched. */
    private void removeLeftBehind() throws IOException {
        Instant before = clock.instant().minus(LEFT_BEHIND);
        try (DirectoryStream<Path> parts = Files.newDirectoryStream(directory, "*" + PART)) {
            for (Path part : parts) {
                if (Files.getLastModifiedTime(part).toInstant().isBefore(before)) {
                    Files.deleteIfExists(part);
                }
            }
        } catch (NoSuchFileException e) {
            // Whoever fetched it was only slow, and has taken it away.
        }
    }

    private static Failure tooLarge() {
        return Failure.tooLarge("the archive is larger than " + (LARGEST >> 20) + " MiB");
    }

    private static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    Path path(String name) {
        return directory.resolve(name);
    }

    /** Gives an archive that is kept a second name, for another deploy of it; durable when it returns. */
    void share(String kept, String name) {
        try {
            Files.createLink(path(name), path(kept));
            force(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("the archive " + kept + " cannot be used again", e);
        }
    }

    boolean exists(String name) {
        return !name.isEmpty() && Files.exists(path(name));
    }

    /** Absent is fine, and so is no name. */
    void delete(String name) {
        if (name.isEmpty()) {
            return;
        }
        try {
            Files.deleteIfExists(path(name));
            Files.deleteIfExists(path(name + ".part"));
        } catch (IOException e) {
            throw new UncheckedIOException("the archive " + name + " cannot be deleted", e);
        }
    }
}
