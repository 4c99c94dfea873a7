package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
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

    private final Path root;
    private final @Nullable Integer user;
    private final Map<Path, Link> links = new LinkedHashMap<>();

    private record Link(String entry, String target) {}

    ReleaseTree(Path root, @Nullable Integer user) {
        this.root = root;
        this.user = user;
    }

    void directory(String entry, int mode) throws IOException {
        Path path = place(entry);
        makeDirectories(entry, path);
        if (!path.equals(root)) {
            permissions(path, mode | 0700);
        }
    }

    /** Writes a file; one of that name that was there before is replaced. */
    void file(String entry, int mode, InputStream content, Meter meter) throws IOException {
        Path path = place(entry);
        makeDirectories(entry, parent(path));
        refuseDirectory(entry, path);
        links.remove(path);
        Files.deleteIfExists(path);
        byte[] buffer = new byte[64 << 10];
        try (OutputStream out = Files.newOutputStream(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int count = content.read(buffer); count >= 0; count = content.read(buffer)) {
                meter.wrote(entry, count);
                out.write(buffer, 0, count);
            }
        }
        permissions(path, mode | 0600);
    }

    /** A hard link becomes a copy of a file that came before it. */
    void hardLink(String entry, String target, int mode, Meter meter) throws IOException {
        Path source = place(target);
        if (!Files.isRegularFile(source, LinkOption.NOFOLLOW_LINKS)) {
            throw refused(entry, "links to \"" + printable(target) + "\", which is not a file before it");
        }
        if (source.equals(place(entry))) {
            return;
        }
        try (InputStream content = Files.newInputStream(source)) {
            file(entry, mode, content, meter);
        }
    }

    void symbolicLink(String entry, String target) throws IOException {
        Path path = place(entry);
        if (target.isEmpty() || target.indexOf('\0') >= 0 || bytes(target) > LONGEST_NAME) {
            throw refused(entry, "links to a name that is not 1 to " + LONGEST_NAME + " bytes long");
        }
        if (target.startsWith("/")) {
            throw refused(entry, "links to the absolute path \"" + printable(target) + "\"");
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
            } catch (InvalidPathException e) {
                throw refused(entry, "links to a name that this system cannot hold");
            }
            DurableFiles.own(link.getKey(), user);
        }
        for (Map.Entry<Path, Link> link : links.entrySet()) {
            if (resolve(root.relativize(link.getKey())).isEmpty()) {
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
    private Optional<Path> resolve(Path relative) throws IOException {
        Deque<Path> rest = new ArrayDeque<>();
        relative.forEach(rest::add);
        Path at = root;
        int followed = 0;
        while (!rest.isEmpty()) {
            Path name = rest.removeFirst();
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
        if (entry.isEmpty() || bytes(entry) > LONGEST_NAME) {
            throw refused(entry, "has a name that is not 1 to " + LONGEST_NAME + " bytes long");
        }
        if (entry.indexOf('\0') >= 0) {
            throw refused(entry, "has a NUL in its name");
        }
        if (entry.startsWith("/") || entry.matches("[A-Za-z]:[/\\\\].*")) {
            throw refused(entry, "has an absolute name");
        }
        Path relative;
        try {
            relative = Path.of(entry);
        } catch (InvalidPathException e) {
            throw refused(entry, "has a name that this system cannot hold");
        }
        if (relative.getNameCount() > DEEPEST) {
            throw refused(entry, "lies more than " + DEEPEST + " directories deep");
        }
        for (String name : entry.split("[/\\\\]")) {
            if (name.equals("..")) {
                throw refused(entry, "has \"..\" in its name");
            }
            if (bytes(name) > LONGEST_PART) {
                throw refused(entry, "has a name with a part of more than " + LONGEST_PART + " bytes");
            }
        }
        return root.resolve(relative).normalize();
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
        return shown.replaceAll("\\p{Cntrl}", "?");
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
