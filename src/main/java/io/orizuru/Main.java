package io.orizuru;

import io.orizuru.config.InvalidSettings;
import io.orizuru.config.Settings;
import io.orizuru.config.SettingsReader;
import io.orizuru.db.DatabaseStartException;
import io.orizuru.doctor.Doctor;
import io.quarkus.runtime.annotations.QuarkusMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The commands. Exit codes: 0 ended as asked, 1 failed, or the doctor found something, 2 called wrongly. */
@QuarkusMain
public class Main {
    private static final List<String> COMMANDS =
            List.of("serve", "quickstart", "router", "doctor", "fail-points", "train", "rotate-key", "agents-token");
    private static final int FAILED = 1;
    private static final int CALLED_WRONGLY = 2;

    @SuppressWarnings("SystemOut") // A command line talks there.
    public static void main(String... arguments) {
        String command = arguments.length == 0 ? "" : arguments[0];
        List<String> flags = Arrays.asList(arguments).subList(Math.min(1, arguments.length), arguments.length);
        if (!COMMANDS.contains(command)) {
            System.err.println(
                    "orizuru: \"" + command + "\" is not a command; there are serve, quickstart, router, doctor,"
                            + " fail-points, rotate-key and agents-token");
            System.exit(CALLED_WRONGLY);
        }
        if (command.equals("fail-points")) {
            FailPointList.lines().forEach(System.out::println);
            return;
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
            if (command.equals("agents-token")) {
                System.out.println(AgentsToken.read(settings));
                return;
            }
            if (command.equals("router")) {
                RouterProgram.run(settings);
                return;
            }
            if (command.equals("doctor")) {
                System.exit(examine(settings));
            }
            Launch launch = Launch.of(settings);
            switch (command) {
                case "quickstart" -> {
                    launch.beTour();
                    launch.whenServing(api -> Quickstart.run(settings, api));
                }
                case "train" -> {
                    launch.beTraining();
                    launch.whenServing(api -> Training.run(settings, api));
                }
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

    /** A line for each finding; what is no finding goes beside them, to the standard error. */
    @SuppressWarnings("SystemOut")
    private static int examine(Settings settings) {
        try {
            Doctor.Report report = Doctor.examine(settings);
            report.notes().forEach(note -> System.err.println("orizuru: " + note));
            report.findings().forEach(System.out::println);
            System.err.println("orizuru: " + report.findings().size() + " findings");
            return report.findings().isEmpty() ? 0 : FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILED;
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
