package io.orizuru.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Whom the database runs as. PostgreSQL refuses to run as root; started by root it runs as the owner of its data, or as
 * an unprivileged user of the system's while it has none.
 *
 * @param uid user id
 * @param gid group id
 * @param drop whether this process is root and children must become that user
 */
record PostgresUser(int uid, int gid, boolean drop) {
    private static final List<String> CANDIDATES = List.of("postgres", "nobody");

    static PostgresUser forCluster(Path cluster) throws IOException {
        int self = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        if (self != 0) {
            return new PostgresUser(self, (int) Files.getAttribute(Path.of("/proc/self"), "unix:gid"), false);
        }
        if (Files.exists(cluster)) {
            return new PostgresUser(
                    (int) Files.getAttribute(cluster, "unix:uid"), (int) Files.getAttribute(cluster, "unix:gid"), true);
        }
        List<String> users = Files.readAllLines(Path.of("/etc/passwd"));
        for (String candidate : CANDIDATES) {
            for (String line : users) {
                String[] fields = line.split(":");
                if (fields.length > 3 && fields[0].equals(candidate)) {
                    return new PostgresUser(Integer.parseInt(fields[2]), Integer.parseInt(fields[3]), true);
                }
            }
        }
        throw new DatabaseStartException("PostgreSQL does not run as root, and this system has neither of the users "
                + String.join(", ", CANDIDATES) + "; add one or start as another user");
    }

    /** The command, run as this user. */
    List<String> command(List<String> command) {
        if (!drop) {
            return command;
        }
        List<String> result = new ArrayList<>(List.of("setpriv", "--reuid=" + uid, "--regid=" + gid, "--clear-groups"));
        result.addAll(command);
        return result;
    }

    void own(Path file) throws IOException {
        if (drop) {
            Files.setAttribute(file, "unix:uid", uid);
            Files.setAttribute(file, "unix:gid", gid);
        }
    }
}
