package io.orizuru.provision.process;

import java.util.ArrayList;
import java.util.List;

/**
 * What a unit or a build may use at most.
 *
 * @param memory in bytes, 0 for no limit
 * @param cpuMilli thousandths of a core, 0 for no limit
 * @param processes threads included, 1 or more
 * @param openFiles of each process, 1 or more
 * @param fileBytes how long a single file may get, 0 for no limit
 */
record Limits(long memory, int cpuMilli, int processes, int openFiles, long fileBytes) {
    private static final long MIB = 1L << 20;

    /**
     * The command that sets what the kernel limits by process, to stand before what it limits.
     *
     * @param countProcesses whether the number of processes is limited here, for want of a control group: then it counts
     *     all processes of the same user together
     */
    List<String> command(boolean countProcesses) {
        List<String> line = new ArrayList<>(List.of("/usr/bin/prlimit", "--core=0", "--nofile=" + both(openFiles)));
        if (countProcesses) {
            line.add("--nproc=" + both(processes));
        }
        if (fileBytes > 0) {
            line.add("--fsize=" + both(fileBytes));
        }
        return line;
    }

    /** The soft and the hard limit: what runs apart may not raise it again. */
    private static String both(long value) {
        return value + ":" + value;
    }

    /** The same with another share of the processors. */
    Limits withCpuMilli(int other) {
        return new Limits(memory, other, processes, openFiles, fileBytes);
    }

    /** How an end by the kernel's hand for want of memory is told. */
    String outOfMemory() {
        return "killed: out of memory, limit " + bytes(memory);
    }

    /** 134217728 as "128 MiB". */
    static String bytes(long bytes) {
        if (bytes >= MIB && bytes % MIB == 0) {
            return (bytes / MIB) + " MiB";
        }
        return bytes >= 10 * MIB ? (bytes / MIB) + " MiB" : bytes + " bytes";
    }
}
