package io.orizuru.files;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/**
 * How many files and connections this process may have open, and how they are shared out: a part is kept for files, the
 * database and units, and no number of connections from outside uses that up.
 *
 * @param most open at once
 * @param used open already, by this program's own files and connections
 */
public record Descriptors(long most, long used) {
    private static final int LEAST_KEPT = 64;
    private static final int MOST_KEPT = 4096;

    /** Those of this process. */
    public static Descriptors own() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? new Descriptors(unix.getMaxFileDescriptorCount(), unix.getOpenFileDescriptorCount())
                : new Descriptors(Long.MAX_VALUE, 0);
    }

    private long forConnections() {
        long free = most - used;
        // Where there is next to nothing, half of it is for connections: whoever looks after the server must get in.
        return Math.max(4, free - Math.min(free / 2, Math.clamp(most / 4, LEAST_KEPT, MOST_KEPT)));
    }

    /** How many connections the API may have where so many are wanted; 0 wants any number. */
    public int ofApi(int wanted) {
        return fitting(wanted, forConnections() / 2);
    }

    /** How many clients the router may have where so many are wanted: each of them needs a connection to an app as well. */
    public int ofRouter(int wanted) {
        return fitting(wanted, forConnections() / 4);
    }

    private static int fitting(int wanted, long fits) {
        int possible = (int) Math.min(Integer.MAX_VALUE, Math.max(1, fits));
        return wanted == 0 ? possible : Math.min(wanted, possible);
    }
}
