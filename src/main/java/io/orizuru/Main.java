package io.orizuru;

import io.orizuru.config.InvalidSettings;
import io.orizuru.config.Settings;
import io.orizuru.config.SettingsReader;
import io.orizuru.db.DatabaseStartException;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The commands. Exit codes: 0 ended as asked, 1 failed, 2 called wrongly. */
@QuarkusMain
public class Main {
    private static final List<String> COMMANDS = List.of("serve", "quickstart", "router", "train", "rotate-key");
    private static final int FAILED = 1;
    private static final int CALLED_WRONGLY = 2;

    @SuppressWarnings("SystemOut") // A command line talks there.
    public static void main(String... arguments) {
        String command = arguments.length == 0 ? "" : arguments[0];
        List<String> flags = Arrays.asList(arguments).subList(Math.min(1, arguments.length), arguments.length);
        if (!COMMANDS.contains(command)) {
            System.err.println("orizuru: \"" + command + "\" is not a command; there are serve, quickstart, router and"
                    + " rotate-key");
            System.exit(CALLED_WRONGLY);
        }
        if (flags.contains("--help")) {
            System.out.print(SettingsReader.help(command));
            return;
        }
        try {
            Settings settings = SettingsReader.read(flags, System.getenv(), Path.of(""), isTerminal());
            if (command.equals("rotate-key")) {
                KeyRotation.run(settings);
                return;
            }
            if (command.equals("router")) {
                RouterProgram.run(settings);
                return;
            }
            Launch launch = Launch.of(settings);
            switch (command) {
                case "quickstart" -> {
                    launch.beTour();
                    launch.whenServing(api -> Quickstart.run(settings, api));
                }
                case "train" -> launch.whenServing(api -> Training.run(settings, api));
                default -> {} // It serves, and that is all.
            }
            launch.run();
        } catch (InvalidSettings e) {
            e.problems().forEach(problem -> System.err.println("orizuru: " + problem));
            System.exit(CALLED_WRONGLY);
        } catch (DatabaseStartException e) {
            System.err.println("orizuru: " + e.getMessage());
            System.exit(FAILED);
        }
    }

    /** Whether the log goes to a terminal; {@link System#console} would ask for a keyboard as well. */
    private static boolean isTerminal() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString().matches("/dev/(pts/|tty|console).*");
        } catch (IOException e) {
            return false;
        }
    }
}
