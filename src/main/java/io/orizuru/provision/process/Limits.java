package io.orizuru.provision.process;

import java.nio.file.Path;
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
        List<String> line = new ArrayList<>(
                List.of("/usr/bin/prlimit", "--core=0", "--nofile=" + both("Max open files", openFiles)));
        if (countProcesses) {
            line.add("--nproc=" + both("Max processes", processes));
        }
        if (fileBytes > 0) {
            line.add("--fsize=" + both("Max file size", fileBytes));
        }
        return line;
    }

    /**
     * The soft and the hard limit: what runs apart may not raise it again. Neither may we go beyond our own, in containers not
     * even as root.
     *
     * @param name as {@code /proc/self/limits} has it
     */
    private static String both(String name, long value) {
        long most = DurableFiles.readText(Path.of("/proc/self/limits"))
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length()).strip().split("\\s+"))
                .filter(words -> words.length > 1 && words[1].matches("\\d{1,18}"))
                .mapToLong(words -> Long.parseLong(words[1]))
                .findFirst()
                .orElse(Long.MAX_VALUE);
        long limit = Math.min(value, most);
        return limit + ":" + limit;
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
