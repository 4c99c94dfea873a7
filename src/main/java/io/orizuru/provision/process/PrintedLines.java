package io.orizuru.provision.process;

import io.orizuru.provision.Output;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Hands on what a process prints, a line each. Longer lines than most readers bear are broken. */
final class PrintedLines {
    private static final int LONGEST_LINE = 8 << 10;

    private PrintedLines() {}

    /** Returns when nobody holds the process's output any more, or when it was closed here. */
    static void read(Process process, Output output) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            StringBuilder line = new StringBuilder();
            for (int c = lines.read(); c >= 0; c = lines.read()) {
                if (c != '\n' && line.length() < LONGEST_LINE) {
                    line.append((char) c);
                    continue;
                }
                output.line(line.toString().stripTrailing());
                line.setLength(0);
                if (c != '\n') {
                    line.append((char) c);
                }
            }
            if (!line.isEmpty()) {
                output.line(line.toString().stripTrailing());
            }
        } catch (IOException e) {
            // The process was ended and its output closed.
        }
    }
}
