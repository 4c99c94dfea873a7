package io.orizuru.provision.process;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A command with what bubblewrap is told taken out: that goes to it by a file, for it tells where the data of all apps is.
 *
 * @param shown the command that is left, which reads the rest from descriptor 4
 * @param hidden what is taken out; empty if bubblewrap is not called
 */
record HiddenArguments(List<String> shown, List<String> hidden) {
    /** The file in the directory of a unit or build that the supervisor opens as that descriptor. */
    static final String FILE = "sandbox";

    private static final String BUBBLEWRAP = "/usr/bin/bwrap";

    /** @param command in which bubblewrap's part ends with {@code --} */
    static HiddenArguments of(List<String> command) {
        int begin = command.indexOf(BUBBLEWRAP);
        if (begin < 0) {
            return new HiddenArguments(command, List.of());
        }
        int end = begin + command.subList(begin, command.size()).indexOf("--");
        List<String> shown = new ArrayList<>(command.subList(0, begin + 1));
        shown.addAll(List.of("--args", "4"));
        shown.addAll(command.subList(end, command.size()));
        return new HiddenArguments(List.copyOf(shown), List.copyOf(command.subList(begin + 1, end)));
    }

    /** As bubblewrap reads it: each with a NUL behind it. */
    byte[] content() {
        StringBuilder text = new StringBuilder();
        hidden.forEach(word -> text.append(word).append('\0'));
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }
}
