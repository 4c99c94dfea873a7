package io.orizuru.provision.process;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Writes the shell scripts that units and builds run. Pure.
 *
 * <p>The environment is in the script, and set there after the privileges are gone: on a command line everybody could read
 * it, and in the environment of bubblewrap or setpriv a {@code LD_PRELOAD} of an app would run as root. Descriptor 3 is the
 * file in which a failing step leaves its number and exit code; neither steps nor the process itself get it.
 */
final class Scripts {
    /** How a start ends whose release is not there. */
    static final int CANNOT_START = 125;

    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private Scripts() {}

    /** A unit: its hooks in order, then its process in place of the shell. */
    static String unit(Map<String, String> environment, String directory, List<String> hooks, String command) {
        StringBuilder text = new StringBuilder();
        head(text, environment, directory);
        for (int i = 0; i < hooks.size(); i++) {
            step(text, i, hooks.get(i));
        }
        text.append("exec 3>&-\n");
        text.append("exec /bin/sh -c ").append(quote(command)).append('\n');
        return text.toString();
    }

    /** A build: its steps in order. */
    static String build(Map<String, String> environment, String directory, List<BuildStep> steps) {
        StringBuilder text = new StringBuilder();
        head(text, environment, directory);
        for (int i = 0; i < steps.size(); i++) {
            text.append("echo ")
                    .append(quote("---- " + steps.get(i).title() + " ----"))
                    .append('\n');
            step(text, i, steps.get(i).command());
        }
        return text.toString();
    }

    /** A command in a unit that runs already. Comes on the standard input, of which the command gets nothing. */
    static String execution(Map<String, String> environment, String directory, String command) {
        StringBuilder text = new StringBuilder("umask 022\n");
        head(text, environment, directory);
        text.append("exec /bin/sh -c ").append(quote(command)).append(" </dev/null\n");
        return text.toString();
    }

    /**
     * A shell in a unit that runs already, whose terminal is descriptor 3. Comes on the standard input. The terminal becomes
     * that of a new session, so that its end ends what runs in it. Signals mean what they usually do, even if the server was
     * started by something that ignores some.
     */
    static String shell(Map<String, String> environment, String directory, String terminal) {
        StringBuilder text = new StringBuilder("umask 022\n");
        head(text, environment, directory);
        variable(text, "TERM", terminal);
        text.append("SHELL=/bin/sh\n[ ! -x /bin/bash ] || SHELL=/bin/bash\nexport SHELL\n");
        text.append("exec /usr/bin/env --default-signal /usr/bin/setsid --ctty \"$SHELL\" <&3 3>&-\n");
        return text.toString();
    }

    private static void head(StringBuilder text, Map<String, String> environment, String directory) {
        new TreeMap<>(environment).forEach((name, value) -> variable(text, name, value));
        text.append("cd ")
                .append(quote(directory))
                .append(" || exit ")
                .append(CANNOT_START)
                .append('\n');
    }

    private static void variable(StringBuilder text, String name, String value) {
        if (VARIABLE.matcher(name).matches()) {
            text.append("export ").append(name).append('=').append(quote(value)).append('\n');
            return;
        }
        text.append("echo ")
                .append(quote("The variable \"" + name
                        + "\" is not set: the shell knows only names of letters, digits and _, no digit first."))
                .append('\n');
    }

    private static void step(StringBuilder text, int number, String command) {
        text.append("/bin/sh -c ")
                .append(quote(command))
                .append(" 3>&- </dev/null || { code=$?; echo \"")
                .append(number)
                .append(" $code\" >&3; exit \"$code\"; }\n");
    }

    /** One word for the shell, whatever is in it. A NUL, which no variable can hold, is left out. */
    static String quote(String text) {
        return "'" + text.replace("\0", "").replace("'", "'\\''") + "'";
    }
}
