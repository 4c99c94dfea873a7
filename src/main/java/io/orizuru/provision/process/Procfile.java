package io.orizuru.provision.process;

import io.orizuru.provision.BuildFailed;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads a Procfile: {@code NAME: COMMAND} a line; empty lines and those that begin with {@code #} do not count. */
final class Procfile {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}");

    private Procfile() {}

    /**
     * @return process name → command, in the file's order; never empty
     * @throws BuildFailed with file and line and what was expected there
     */
    static Map<String, String> parse(String text) {
        Map<String, String> processes = new LinkedHashMap<>();
        int number = 0;
        for (String raw : text.split("\n", -1)) {
            number++;
            String line = raw.strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            int colon = line.indexOf(':');
            String name = colon < 0 ? "" : line.substring(0, colon).strip();
            if (!NAME.matcher(name).matches()) {
                throw wrong(
                        number,
                        "expected \"NAME: COMMAND\", a name of letters, digits, - and _, but found \""
                                + ReleaseTree.printable(line) + "\"");
            }
            String command = line.substring(colon + 1).strip();
            if (command.isEmpty()) {
                throw wrong(number, "expected a command for the process \"" + name + "\", but found nothing");
            }
            if (processes.putIfAbsent(name, command) != null) {
                throw wrong(number, "expected a new name, but the process \"" + name + "\" is there already");
            }
        }
        if (processes.isEmpty()) {
            throw wrong(number, "expected at least one \"NAME: COMMAND\", but found none");
        }
        return processes;
    }

    private static BuildFailed wrong(int line, String what) {
        return new BuildFailed("Procfile:" + line + ": " + what);
    }
}
