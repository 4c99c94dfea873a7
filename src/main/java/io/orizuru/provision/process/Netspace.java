package io.orizuru.provision.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The network of one unit or build: a namespace of the kernel with one way out, to this machine. It stays while the unit's
 * process ends and is started again, so that nobody else gets the address, and while servers come and go.
 *
 * @param name of the namespace and of the interface on this machine's side
 * @param address what is inside has this one alone
 */
record Netspace(String name, String address) {
    /** Where a unit or a build keeps the name and the address; the supervisor enters the one that it finds there. */
    static final String RECORD = "network";

    /** Where what is inside listens. */
    static final int PORT = 8888;

    private static final Path SPACES = Path.of("/run/netns");
    private static final Path INTERFACES = Path.of("/sys/class/net");

    /** The one that is on record in {@code directory}. */
    static Optional<Netspace> recordedIn(Path directory) {
        String[] words = DurableFiles.readText(directory.resolve(RECORD)).split(" ");
        return words.length == 2 ? Optional.of(new Netspace(words[0], words[1])) : Optional.empty();
    }

    /** Before anything is started that is to be in it. */
    void record(Path directory) throws IOException {
        DurableFiles.writeText(directory.resolve(RECORD), name + " " + address + "\n");
    }

    /** Whether it is there, whole: what is made last is the interface's alias. */
    boolean exists() {
        return isSpace(SPACES.resolve(name))
                && DurableFiles.readText(INTERFACES.resolve(name).resolve("ifalias"))
                        .equals(address);
    }

    /** Whether anything of it is there. */
    boolean isLeft() {
        return Files.exists(SPACES.resolve(name)) || Files.exists(INTERFACES.resolve(name));
    }

    /** Whether a process of this machine is in it. */
    boolean isInUse() {
        try {
            Path space = Path.of("net:[" + Files.getAttribute(SPACES.resolve(name), "unix:ino") + "]");
            return ProcessHandle.allProcesses()
                    .anyMatch(process -> space.equals(networkOf(process.pid()).orElse(null)));
        } catch (IOException e) {
            return false; // It is not there.
        }
    }

    private static Optional<Path> networkOf(long pid) {
        try {
            return Optional.of(Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "ns/net")));
        } catch (IOException e) {
            return Optional.empty(); // It has ended.
        }
    }

    /** A file that was left without its mount is none. */
    private static boolean isSpace(Path path) {
        try {
            return Files.getAttribute(path, "unix:dev")
                    .equals(Files.getAttribute(Path.of("/proc/self/ns/net"), "unix:dev"));
        } catch (IOException e) {
            return false;
        }
    }
}
