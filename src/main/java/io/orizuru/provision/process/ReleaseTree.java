package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The directory that an archive is unpacked into. Nothing gets out of it: names are checked before anything is written,
 * symbolic links are made when all files are there (so none is ever written through), and each must end inside.
 */
final class ReleaseTree {
    /** In bytes; the system's own limit is 4096, the directory's path included. */
    private static final int LONGEST_NAME = 3000;

    private static final int LONGEST_PART = 255;
    private static final int DEEPEST = 100;
    private static final int MOST_LINKS = 40;
    /** Looks at the disk while links are followed: chains of long links could go on for hours. */
    private static final int MOST_STEPS = 500_000;
    /** All links are remembered until the end. */
    private static final long LINK_BYTES = 8L << 20;

    private static final Pattern ABSOLUTE = Pattern.compile("[/\\\\].*|[A-Za-z]:[/\\\\].*", Pattern.DOTALL);
    private static final Pattern CONTROL = Pattern.compile("\\p{Cntrl}|[\\x80-\\x9f]");

    private final Path root;
    private final @Nullable Integer user;
    private final Meter meter;
    private final Map<Path, Link> links = new LinkedHashMap<>();
    private long linkBytes;
    private int steps;

    private record Link(String entry, String target) {}

    /** @param meter counts what is made and written here */
    ReleaseTree(Path root, @Nullable Integer user, Meter meter) {
        this.root = root;
        this.user = user;
        this.meter = meter;
    }

    Meter meter() {
        return meter;
    }

    void directory(String entry, int mode) throws IOException {
        Path path = place(entry);
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            meter.entry();
        }
        makeDirectories(entry, path);
        if (!path.equals(root)) {
            permissions(path, mode | 0700);
        }
    }

    /** Writes a file; one of that name that was there before is replaced. */
    void file(String entry, int mode, InputStream content) throws IOException {
        meter.entry();
        Path path = place(entry);
        makeDirectories(entry, parent(path));
        refuseDirectory(entry, path);
        links.remove(path);
        Files.deleteIfExists(path);
        byte[] buffer = new byte[64 << 10];
        try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
                meter.bytes(entry, count);
                out.write(buffer, 0, count);
            }
        }
        permissions(path, mode | 0600);
    }

    /** A second name of a file that came before it. */
    void hardLink(String entry, String target) throws IOException {
        meter.entry();
        Path source = place(entry, target);
        if (!Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
            throw refused(entry, "links to \"" + printable(target) + "\", which is not a file before it");
        }
        Path path = place(entry);
        if (source.equals(path)) {
            return;
        }
        makeDirectories(entry, parent(path));
        refuseDirectory(entry, path);
        links.remove(path);
        Files.deleteIfExists(path);
        try {
            Files.createLink(path, source);
        } catch (FileSystemException e) {
            throw refused(entry, "is one name too many for the file \"" + printable(target) + "\"");
        }
    }

    void symbolicLink(String entry, String target) throws IOException {
        meter.entry();
        Path path = place(entry);
        checkTarget(entry, target);
        linkBytes += bytes(entry) + bytes(target);
        if (linkBytes > LINK_BYTES) {
            throw refused(
                    entry,
                    "is a link too many: names and targets of all links have more than " + (LINK_BYTES >> 20) + " MiB");
        }
        makeDirectories(entry, parent(path));
        refuseDirectory(entry, path);
        Files.deleteIfExists(path);
        links.put(path, new Link(entry, target));
    }

    /** Makes the symbolic links, when everything else is there, and checks where they lead. */
    void finish() throws IOException {
        for (Map.Entry<Path, Link> link : links.entrySet()) {
            String entry = link.getValue().entry();
            try {
                Files.createSymbolicLink(link.getKey(), Path.of(link.getValue().target()));
            } catch (FileAlreadyExistsException e) {
                throw refused(entry, "is there twice, as a link and as something else");
            }
            DurableFiles.own(link.getKey(), user);
        }
        for (Map.Entry<Path, Link> link : links.entrySet()) {
            meter.check();
            if (resolve(link.getValue(), root.relativize(link.getKey())).isEmpty()) {
                throw refused(
                        link.getValue().entry(),
                        "links to \"" + printable(link.getValue().target()) + "\", outside the archive or in a circle");
            }
        }
    }

    /**
     * Follows a path below the root, link by link.
     *
     * @return where it ends (it need not exist), or nothing when it leaves the tree or goes in circles
     */
    private Optional<Path> resolve(Link link, Path relative) throws IOException {
        Deque<Path> rest = new ArrayDeque<>();
        relative.forEach(rest::add);
        Path at = root;
        int followed = 0;
        while (!rest.isEmpty()) {
            Path name = rest.removeFirst();
            if (++steps > MOST_STEPS) {
                throw refused(link.entry(), "is a link too many: following all of them takes too long");
            }
            if (name.toString().isEmpty() || name.toString().equals(".")) {
                continue;
            }
            if (name.toString().equals("..")) {
                if (at.equals(root)) {
                    return Optional.empty();
                }
                at = parent(at);
                continue;
            }
            Path next = at.resolve(name);
            if (!Files.isSymbolicLink(next)) {
                at = next;
                continue;
            }
            Path target = Files.readSymbolicLink(next);
            if (target.isAbsolute() || ++followed > MOST_LINKS) {
                return Optional.empty();
            }
            for (int i = target.getNameCount() - 1; i >= 0; i--) {
                rest.addFirst(target.getName(i));
            }
        }
        return Optional.of(at);
    }

    private Path place(String entry) {
        return place(entry, entry);
    }

    private Path place(String entry, String name) {
        return root.resolve(checkName(entry, name)).normalize();
    }

    /** Refuses a name that would lead out of any directory, or that no directory should hold. */
    static void checkName(String entry) {
        checkName(entry, entry);
    }

    /** @param name the entry's own, or the one it links to */
    static Path checkName(String entry, String name) {
        if (name.isEmpty() || bytes(name) > LONGEST_NAME) {
            throw refused(entry, "has a name that is not 1 to " + LONGEST_NAME + " bytes long");
        }
        if (CONTROL.matcher(name).find()) {
            throw refused(entry, "has a control character in its name");
        }
        if (ABSOLUTE.matcher(name).matches()) {
            throw refused(entry, "has an absolute name");
        }
        Path relative = path(entry, name);
        if (relative.getNameCount() > DEEPEST) {
            throw refused(entry, "lies more than " + DEEPEST + " directories deep");
        }
        for (String part : name.split("[/\\\\]")) {
            if (part.equals("..")) {
                throw refused(entry, "has \"..\" in its name");
            }
            if (bytes(part) > LONGEST_PART) {
                throw refused(entry, "has a name with a part of more than " + LONGEST_PART + " bytes");
            }
        }
        return relative;
    }

    /** What can be said of a symbolic link before it is there. */
    static void checkTarget(String entry, String target) {
        if (target.isEmpty() || bytes(target) > LONGEST_NAME) {
            throw refused(entry, "links to a name that is not 1 to " + LONGEST_NAME + " bytes long");
        }
        if (CONTROL.matcher(target).find()) {
            throw refused(entry, "links to a name with a control character");
        }
        if (ABSOLUTE.matcher(target).matches()) {
            throw refused(entry, "links to the absolute path \"" + printable(target) + "\"");
        }
        path(entry, target);
    }

    private static Path path(String entry, String name) {
        try {
            return Path.of(name);
        } catch (InvalidPathException e) {
            throw refused(entry, "has or links to a name that this system cannot hold");
        }
    }

    private void makeDirectories(String entry, Path path) throws IOException {
        if (path.equals(root) || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        makeDirectories(entry, parent(path));
        if (links.containsKey(path)) {
            throw refused(entry, "lies below a link of the archive");
        }
        try {
            Files.createDirectory(path);
        } catch (FileAlreadyExistsException e) {
            throw refused(entry, "lies below a file of the archive");
        }
        // Directories that no entry names are many soon: each entry may need a hundred.
        meter.entry();
        permissions(path, 0755);
    }

    private void refuseDirectory(String entry, Path path) {
        if (path.equals(root) || Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            throw refused(entry, "is there twice, as a directory and as something else");
        }
    }

    /** Sets what {@code mode} says for user, group and others; setuid, setgid and sticky are not among it. */
    private void permissions(Path path, int mode) throws IOException {
        Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
        PosixFilePermission[] fromHigh = PosixFilePermission.values();
        for (int i = 0; i < fromHigh.length; i++) {
            if ((mode & (0400 >> i)) != 0) {
                permissions.add(fromHigh[i]);
            }
        }
        Files.setPosixFilePermissions(path, permissions);
        DurableFiles.own(path, user);
    }

    static BuildFailed refused(String entry, String rule) {
        return new BuildFailed("the archive's entry \"" + printable(entry) + "\" " + rule);
    }

    /** Shortened, and without what would disturb a terminal. */
    static String printable(String text) {
        String shown = text.length() <= 200 ? text : text.substring(0, 200) + "…";
        return CONTROL.matcher(shown).replaceAll("?");
    }

    private static int bytes(String name) {
        return name.getBytes(StandardCharsets.UTF_8).length;
    }

    private static Path parent(Path path) {
        Path parent = path.getParent();
        if (parent == null) {
            throw new IllegalStateException(path + " has no parent");
        }
        return parent;
    }
}
