package io.orizuru.disk;

import io.orizuru.config.Settings;
import io.orizuru.failure.Failure;
import io.orizuru.files.Room;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The file systems that data of this server is on, each once. */
@ApplicationScoped
public class Disks {
    /** It is asked for each unit and by each build, many times a second. */
    private static final Duration FRESH = Duration.ofMillis(50);

    private final @Nullable Long reserve;
    private final Path data;
    private final boolean ownDatabase;
    private volatile Look last = new Look(System.nanoTime() - FRESH.toNanos() - 1, null);

    Disks(Settings settings) {
        this.reserve = settings.diskReserve();
        this.data = settings.data();
        this.ownDatabase = settings.databaseUrl() == null;
    }

    /** The disks that settings name, for a program that looks once. */
    public static List<Disk> of(Settings settings) {
        return new Disks(settings).all();
    }

    /** Those that are there; what lies on the same one is told once. */
    public List<Disk> all() {
        List<Disk> places = new ArrayList<>();
        places.add(new Disk("the data directory", data, true));
        if (ownDatabase) {
            places.add(new Disk("the database", data.resolve("postgres"), true));
        }
        places.add(new Disk("units and builds", data.resolve("units"), true));
        places.add(new Disk("archives", data.resolve("archives"), true));
        places.add(new Disk("uploads", data.resolve("uploads"), true));
        places.add(new Disk("temporary files", Path.of(System.getProperty("java.io.tmpdir")), false));
        Set<Object> seen = new HashSet<>();
        return places.stream()
                .filter(disk -> {
                    Object device = device(disk.path());
                    return device != null && seen.add(device);
                })
                .toList();
    }

    private static @Nullable Object device(Path path) {
        try {
            return Files.getAttribute(path, "unix:dev");
        } catch (IOException | UnsupportedOperationException e) {
            return null; // It was not made yet.
        }
    }

    /** The room of each disk now. */
    public Map<Disk, Room> rooms() {
        Map<Disk, Room> rooms = new LinkedHashMap<>();
        for (Disk disk : all()) {
            Room room = disk.room();
            if (room != null) {
                rooms.put(disk, room);
            }
        }
        return rooms;
    }

    /** What of a disk must stay free, in bytes. */
    public long reserve(Disk disk, Room room) {
        return disk.reserve(room, reserve);
    }

    /** What is wrong with each disk that has too little room. */
    public List<String> problems() {
        return all().stream().flatMap(this::problem).toList();
    }

    private Stream<String> problem(Disk disk) {
        return Stream.ofNullable(disk.problem(reserve));
    }

    /** Why nothing more should be written, as of a moment ago, for people; null while there is enough room. */
    public @Nullable String shortage() {
        Look look = last;
        long now = System.nanoTime();
        if (now - look.at() > FRESH.toNanos()) {
            look = new Look(
                    now,
                    all().stream()
                            .filter(Disk::ofTenants)
                            .flatMap(this::problem)
                            .findFirst()
                            .orElse(null));
            last = look;
        }
        return look.problem();
    }

    private record Look(long at, @Nullable String problem) {}

    /**
     * To be called before more is taken.
     *
     * @throws Failure disk full, if there is too little room
     */
    public void require() {
        String problem = shortage();
        if (problem != null) {
            throw Failure.diskFull(problem);
        }
    }

    /**
     * To be called before so many bytes are taken as files of callers.
     *
     * @throws Failure disk full, if there would be too little room then
     */
    public void require(long bytes) {
        require();
        Disk disk = new Disk("uploads", data, true);
        Room room = disk.room();
        if (room != null && room.freeBytes() - bytes < disk.reserve(room, reserve)) {
            throw Failure.diskFull("the disk of " + disk.name() + " has " + (room.freeBytes() >> 20)
                    + " MiB free, of which " + (disk.reserve(room, reserve) >> 20)
                    + " MiB stay free; what is under way and this file want " + (bytes >> 20)
                    + " MiB: try again when less is under way, remove apps or versions, or give it more room");
        }
    }
}
