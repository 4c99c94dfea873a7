package io.orizuru.server;

import java.util.Comparator;
import java.util.Map;

/**
 * The threads of the operating system with their stacks; those that carry virtual threads show what these do right now. The
 * JVM's own dump lists virtual threads that wait as well, but ends the process now and then when many come and go (25.0.3: a
 * segmentation fault in {@code stackChunkOopDesc::sender}).
 */
final class ThreadDump {
    private ThreadDump() {}

    static String now() {
        StringBuilder dump = new StringBuilder();
        Thread.getAllStackTraces().entrySet().stream()
                .sorted(Comparator.comparing(entry -> entry.getKey().threadId()))
                .forEach(entry -> add(dump, entry));
        return dump.toString();
    }

    private static void add(StringBuilder dump, Map.Entry<Thread, StackTraceElement[]> entry) {
        Thread thread = entry.getKey();
        dump.append('#')
                .append(thread.threadId())
                .append(" \"")
                .append(thread.getName())
                .append("\" ");
        dump.append(thread.getState()).append('\n');
        for (StackTraceElement frame : entry.getValue()) {
            dump.append("      ").append(frame).append('\n');
        }
        dump.append('\n');
    }
}
