package io.orizuru.provision.process;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.Predicate;

/** Hands out ports. A reserved port is a file with the unit's id in it: made before the port is used, by one only. */
final class Ports {
    private final Path directory;
    private final int first;
    private final int last;

    Ports(Path directory, int first, int last) {
        this.directory = directory;
        this.first = first;
        this.last = last;
    }

    /**
     * Reserves a port that nothing listens on.
     *
     * @throws IOException when none is left
     */
    int reserve(String unit) throws IOException {
        int count = last - first + 1;
        // Ids are random, so units of two servers on one machine begin their search at different places.
        int offset = Math.floorMod(unit.hashCode(), count);
        for (int i = 0; i < count; i++) {
            int port = first + (offset + i) % count;
            if (take(port, unit)) {
                return port;
            }
        }
        throw new IOException("no port from " + first + " to " + last + " is free");
    }

    void release(int port, String unit) throws IOException {
        Path file = file(port);
        if (DurableFiles.readText(file).equals(unit)) {
            Files.deleteIfExists(file);
        }
    }

    /**
     * Frees what was reserved by a server that was killed before it had made the unit.
     *
     * @param age for how long a port must have been reserved, as long as others may be about to make its unit
     */
    void sweep(Predicate<String> isUnit, Duration age) throws IOException {
        for (Path file : DurableFiles.list(directory)) {
            if (DurableFiles.isOlder(file, age) && !isUnit.test(DurableFiles.readText(file))) {
                Files.deleteIfExists(file);
            }
        }
    }

    private boolean take(int port, String unit) throws IOException {
        Path file = file(port);
        if (Files.exists(file) || !free(port)) {
            return false;
        }
        try {
            Files.write(file, unit.getBytes(StandardCharsets.UTF_8), StandardOpenOption.CREATE_NEW);
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        }
    }

    private static boolean free(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private Path file(int port) {
        return directory.resolve(Integer.toString(port));
    }
}
