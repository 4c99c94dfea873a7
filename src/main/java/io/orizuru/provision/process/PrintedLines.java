package io.orizuru.provision.process;

import io.orizuru.provision.Output;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Hands on what a process prints, a line each. Longer lines than most readers bear are broken, but not within a secret. */
final class PrintedLines {
    private static final int LONGEST_LINE = 8 << 10;
    /** Then a line is broken wherever it is. */
    private static final int HARD_LIMIT = 1 << 20;

    private static final Mask NO_SECRETS = new Mask(Map.of(), List.of());

    private PrintedLines() {}

    /** Returns when nobody holds the process's output any more, or when it was closed here. */
    static void read(Process process, Output output) {
        read(process, NO_SECRETS, output);
    }

    /** As {@link #read(Process, Output)}, with the secrets taken out. */
    static void read(Process process, Mask mask, Output output) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            int breakAt = LONGEST_LINE;
            for (int c = lines.read(); c >= 0; c = lines.read()) {
                if (c == '\n') {
                    give(line, line.length(), mask, output);
                    breakAt = LONGEST_LINE;
                    continue;
                }
                if (line.length() >= breakAt) {
                    int cut = line.length() >= HARD_LIMIT ? line.length() : mask.breakable(line);
                    if (cut > 0) {
                        give(line, cut, mask, output);
                    }
                    breakAt = line.length() + LONGEST_LINE;
                }
                line.append((char) c);
            }
            if (!line.isEmpty()) {
                give(line, line.length(), mask, output);
            }
        } catch (IOException e) {
            // The process was ended and its output closed.
        }
    }

    private static void give(StringBuilder line, int length, Mask mask, Output output) {
        output.line(mask.apply(line.substring(0, length)).stripTrailing());
        line.delete(0, length);
    }
}
