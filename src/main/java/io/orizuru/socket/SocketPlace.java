package io.orizuru.socket;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

/**
 * Where the files of Unix sockets are. The kernel takes no path of more than 107 bytes, so sockets of a deep directory are in
 * a short one, which is named after the deep one: every process that knows the one finds the other.
 */
public final class SocketPlace {
    /** What the kernel keeps of a path, without the byte that ends it. */
    static final int LONGEST = 107;

    private static final int NAME_BYTES = 8;
    private static final Set<PosixFilePermission> PASSABLE = PosixFilePermissions.fromString("rwx--x--x");
    private static final Set<PosixFilePermission> CLOSED = PosixFilePermissions.fromString("rwx------");

    private SocketPlace() {}

    /**
     * The directory itself, if sockets of that name fit into it; else the short one that stands for it. Nothing is made.
     *
     * @param directory where the socket would be
     * @param name of its file
     */
    public static Path directory(Path directory, String name) throws IOException {
        Path wanted = real(directory);
        return fits(wanted.resolve(name)) ? wanted : base().resolve(nameOf(wanted));
    }

    /** Whether the kernel takes it. */
    public static boolean fits(Path socket) {
        return socket.toString().getBytes(StandardCharsets.UTF_8).length <= LONGEST;
    }

    /**
     * Makes a directory for sockets, for its owner alone, unless it is there; then it is taken as it is, if nobody else can
     * put a socket there.
     *
     * @param directory as {@link #directory} told it, or the operator
     * @param user who may own it, besides root and this program's own user
     * @throws IOException naming what an operator has to mend
     */
    public static void make(Path directory, int user) throws IOException {
        Path base = base();
        if (directory.startsWith(base)) {
            own(base, PASSABLE);
        }
        try {
            Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(CLOSED));
            Files.setPosixFilePermissions(directory, CLOSED);
        } catch (FileAlreadyExistsException e) {
            // Looked at below, whoever made it.
        }
        PosixFileAttributes found = attributes(directory);
        if (!found.isDirectory()) {
            throw new IOException(directory + " is to be the directory of a socket, and is none: remove it");
        }
        int owner = owner(directory);
        if (found.permissions().contains(PosixFilePermission.GROUP_WRITE)
                || found.permissions().contains(PosixFilePermission.OTHERS_WRITE)
                || (owner != 0 && owner != user() && owner != user)) {
            throw new IOException(directory + " is to be the directory of a socket, and others may write there: choose"
                    + " another one, or make it this user's alone (chmod 700)");
        }
    }

    private static void own(Path base, Set<PosixFilePermission> permissions) throws IOException {
        try {
            Files.createDirectory(base, PosixFilePermissions.asFileAttribute(permissions));
        } catch (FileAlreadyExistsException e) {
            // Of an earlier start, or of somebody who was faster.
        }
        if (!attributes(base).isDirectory() || owner(base) != user()) {
            throw new IOException(
                    base + " belongs to another user, or is no directory: sockets of a data directory with"
                            + " a long path would be there. Remove it, or choose a --data with a shorter path");
        }
        Files.setPosixFilePermissions(base, permissions);
    }

    private static Path base() throws IOException {
        int user = user();
        Path run = Path.of("/run");
        return user == 0 && Files.isWritable(run) ? run.resolve("orizuru") : Path.of("/tmp/orizuru-" + user);
    }

    private static PosixFileAttributes attributes(Path directory) throws IOException {
        return Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }

    private static int owner(Path directory) throws IOException {
        return (int) Files.getAttribute(directory, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static int user() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    /** Through whatever links a directory is named, its sockets are at one place; what is not there yet has no links. */
    private static Path real(Path directory) throws IOException {
        Path absolute = directory.toAbsolutePath().normalize();
        for (Path there = absolute; there != null; there = there.getParent()) {
            if (Files.exists(there)) {
                return there.toRealPath()
                        .resolve(there.relativize(absolute).toString())
                        .normalize();
            }
        }
        return absolute;
    }

    private static String nameOf(Path directory) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(directory.toString().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, NAME_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
