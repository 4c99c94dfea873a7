package io.orizuru.provision.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What stands in a process engine's directory and runs from there, seen from outside and without touching it. */
public final class Premises {
    /** SIGTERM's time, what comes after it, and as much again for a machine under load. */
    private static final Duration LONGEST_LEAVE = Duration.ofSeconds(45);

    private static final int DEEPEST_GROUP = 12;
    private static final int MOST_GROUPS = 10_000;

    private final Path directory;
    private final Path apps;

    /** @param directory the engine's, see {@link ProcessEngine.Options#directory}; it need not be there */
    public Premises(Path directory) {
        this.directory = directory.toAbsolutePath().normalize();
        this.apps = this.directory.resolve("apps");
    }

    /**
     * A unit's directory.
     *
     * @param lives whether its supervisor does
     * @param leaving whether it was told to end, not longer ago than that may take
     */
    public record UnitPlace(String app, String id, boolean lives, boolean leaving) {}

    /** A finished build. */
    public record BuildPlace(String app, int version) {}

    /** A process that works in a directory of an app. */
    public record Worker(long pid, String app, Path place) {}

    /**
     * Something that belongs to no unit and no finished build.
     *
     * @param what for people
     */
    public record LeftOver(String app, Path path, String what) {}

    /** The apps that have a directory. */
    public List<String> apps() {
        return DurableFiles.list(apps).stream()
                .map(path -> path.getFileName().toString())
                .toList();
    }

    public List<UnitPlace> units() {
        List<UnitPlace> units = new ArrayList<>();
        for (String app : apps()) {
            for (Path path : DurableFiles.list(apps.resolve(app).resolve("units"))) {
                if (!isStaged(path)) {
                    UnitDirectory unit = new UnitDirectory(path);
                    boolean lives = unit.running().filter(Running::alive).isPresent();
                    units.add(new UnitPlace(app, unit.id(), lives, isLeaving(unit)));
                }
            }
        }
        return units;
    }

    private static boolean isLeaving(UnitDirectory unit) {
        try {
            FileTime told = Files.getLastModifiedTime(unit.path().resolve("stopping"));
            return told.toInstant().isAfter(Instant.now().minus(LONGEST_LEAVE));
        } catch (IOException e) {
            return false; // Nobody told it.
        }
    }

    public List<BuildPlace> builds() {
        List<BuildPlace> builds = new ArrayList<>();
        for (String app : apps()) {
            for (Path path : DurableFiles.list(apps.resolve(app).resolve("builds"))) {
                String name = path.getFileName().toString();
                if (name.matches("v\\d{1,9}") && Files.exists(path.resolveSibling(name + ".json"))) {
                    builds.add(new BuildPlace(app, Integer.parseInt(name.substring(1))));
                }
            }
        }
        return builds;
    }

    /** What was begun, or begun to be removed, and not brought to its end. Under way it is there for a moment. */
    public List<LeftOver> leftOvers() {
        List<LeftOver> left = new ArrayList<>();
        for (String app : apps()) {
            for (Path path : DurableFiles.list(apps.resolve(app).resolve("units"))) {
                if (isStaged(path)) {
                    left.add(new LeftOver(app, path, "half a unit"));
                }
            }
            for (Path path : DurableFiles.list(apps.resolve(app).resolve("builds"))) {
                String name = path.getFileName().toString();
                if (isShell(path)) {
                    continue;
                }
                if (isStaged(path)) {
                    left.add(new LeftOver(app, path, "a build that did not finish"));
                } else if (name.matches("v\\d{1,9}") && Files.notExists(path.resolveSibling(name + ".json"))) {
                    left.add(new LeftOver(app, path, "a build without its record"));
                } else if (name.endsWith(".json")
                        && Files.notExists(path.resolveSibling(name.substring(0, name.length() - 5)))) {
                    left.add(new LeftOver(app, path, "a build's record without its tree"));
                }
            }
        }
        return left;
    }

    /**
     * What was removed, and is on the disk still: it takes long, or something is in the way; each says why.
     */
    public List<LeftOver> removed() {
        Path trash = Trash.place(directory);
        List<LeftOver> left = new ArrayList<>();
        for (Path path : DurableFiles.list(trash)) {
            String name = path.getFileName().toString();
            if (!name.endsWith(Trash.WHY)) {
                String why = DurableFiles.readText(path.resolveSibling(name + Trash.WHY));
                int plus = name.indexOf('+');
                left.add(new LeftOver(
                        plus < 0 ? name : name.substring(0, plus), path, why.isEmpty() ? "it takes long" : why));
            }
        }
        return left;
    }

    /** The control groups of this engine that belong to no unit and no build, wherever they are. */
    public List<Path> groupsOfNobody() {
        Set<Path> known = new HashSet<>();
        for (String app : apps()) {
            for (String kind : List.of("units", "builds")) {
                for (Path path : DurableFiles.list(apps.resolve(app).resolve(kind))) {
                    known.addAll(ControlGroup.recordedIn(path).directories());
                }
            }
        }
        try {
            String prefix = Machine.groupPrefix(directory);
            List<Path> found = new ArrayList<>();
            for (Path place : CgroupMount.places(Path.of("/proc/self"))) {
                found.addAll(groups(place, prefix));
            }
            return found.stream().filter(group -> !known.contains(group)).toList();
        } catch (IOException e) {
            return List.of(); // There is no engine here.
        }
    }

    private static List<Path> groups(Path place, String prefix) throws IOException {
        try (Stream<Path> all = Files.find(
                place, DEEPEST_GROUP, (path, attributes) -> attributes.isDirectory() && isGroup(path, prefix))) {
            return all.limit(MOST_GROUPS).toList();
        } catch (UncheckedIOException e) {
            return List.of(); // Groups come and go.
        }
    }

    private static boolean isGroup(Path path, String prefix) {
        String name = path.getFileName().toString();
        return name.startsWith(prefix) && !name.startsWith(prefix + "probe-");
    }

    /** A place made for a shell, whose server lives. */
    private static boolean isShell(Path path) {
        return path.getFileName().toString().startsWith(Aside.PREFIX)
                && DurableFiles.readJson(path.resolve(Builder.OWNER), Running.class)
                        .filter(Running::alive)
                        .isPresent();
    }

    /** The reserved ports whose unit has no directory; the file names the port. */
    public List<Path> portsOfNobody() {
        Set<String> ids = new HashSet<>();
        units().forEach(unit -> ids.add(unit.id()));
        return DurableFiles.list(directory.resolve("ports")).stream()
                .filter(file -> !ids.contains(DurableFiles.readText(file)))
                .toList();
    }

    /** The addresses that are taken for units and builds that have no directory. */
    public List<String> addressesOfNobody() {
        if (!Files.isReadable(Addresses.USUAL)) {
            return List.of(); // Only a server that is root gives any.
        }
        return new Addresses(Addresses.USUAL)
                .of(directory).stream()
                        .filter(taken -> Files.notExists(taken.place()))
                        .map(Addresses.Taken::address)
                        .toList();
    }

    /** The processes that work in an app's directory where no unit and no build is any more, or ever was. */
    public List<Worker> strays() {
        List<Worker> strays = new ArrayList<>();
        ProcessHandle.allProcesses().map(ProcessHandle::pid).forEach(pid -> workplace(pid)
                .filter(place -> place.startsWith(apps) && place.getNameCount() > apps.getNameCount())
                .ifPresent(place -> {
                    if (!isKnown(place)) {
                        strays.add(new Worker(
                                pid, place.getName(apps.getNameCount()).toString(), place));
                    }
                }));
        return strays;
    }

    private boolean isKnown(Path place) {
        Path within = apps.relativize(place);
        if (within.getNameCount() < 3) {
            return false;
        }
        Path unitOrBuild = apps.resolve(within.subpath(0, 3));
        return Files.isDirectory(unitOrBuild)
                && (Files.exists(unitOrBuild.resolve("unit.json")) || Files.exists(unitOrBuild.resolve(Builder.OWNER)));
    }

    private static Optional<Path> workplace(long pid) {
        try {
            return Optional.of(Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "cwd")));
        } catch (IOException e) {
            return Optional.empty(); // It ended, or it is not ours to look at.
        }
    }

    private static boolean isStaged(Path path) {
        return path.getFileName().toString().startsWith(".");
    }
}
