package io.orizuru.provision.process;

import io.orizuru.config.Settings.BuildEnvironment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes the operator's secrets out of what builds print: passwords in URLs, variables whose name says so, and of the
 * operator's files what stands beside such a name, and private keys.
 */
final class Mask {
    /** What apps print is looked through with it: so one of RE2, whose time grows with the text's length and no faster. */
    private static final com.google.re2j.Pattern URL_CREDENTIALS =
            com.google.re2j.Pattern.compile("://([^/\\s:@]*):?([^/\\s@]*)@");

    private static final String SECRET = "(?i)token|passw|secret|key|auth|credential|private";
    private static final Pattern SECRET_NAME = Pattern.compile(SECRET);
    /** {@code _authToken=x}, {@code password: x}, {@code password x}, {@code <password>x</password>}. */
    private static final Pattern NAMED_VALUE = Pattern.compile(
            "(?i)[\\w.:/-]*(?:" + SECRET.substring(4) + ")[\\w.-]*[\"']?\\s*[=:>\\s]\\s*[\"']?([^\\s\"'<>]+)");

    private static final Pattern PRIVATE_KEY =
            Pattern.compile("-----BEGIN [A-Z ]*PRIVATE KEY-----(.*?)-----END", Pattern.DOTALL);
    /** Shorter values would tear holes into words. */
    private static final int SHORTEST = 6;

    /** How long a URL's user and password may be for a line not to be broken within them. */
    private static final int LONGEST_CREDENTIALS = 1024;

    private final List<String> secrets;

    Mask(Map<String, String> operatorEnvironment, Collection<Path> operatorFiles) {
        List<String> found = new ArrayList<>();
        operatorEnvironment.forEach((name, value) -> {
            if (SECRET_NAME.matcher(name).find() && !value.startsWith("/")) {
                // What is printed comes line by line.
                value.lines().map(String::strip).forEach(found::add);
            }
            addCredentials(value, found);
        });
        operatorFiles.forEach(file -> addFile(file, found));
        secrets = sorted(found);
    }

    private Mask(List<String> secrets) {
        this.secrets = sorted(secrets);
    }

    /** This one and the secrets that stand in some texts, as in the operator's files. */
    Mask and(Collection<String> texts) {
        List<String> found = new ArrayList<>(secrets);
        texts.forEach(text -> addText(text, found));
        return new Mask(found);
    }

    private static List<String> sorted(List<String> found) {
        return found.stream()
                .filter(value -> value.length() >= SHORTEST)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    private static void addCredentials(String text, List<String> found) {
        com.google.re2j.Matcher matcher = URL_CREDENTIALS.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
            found.add(matcher.group(2));
        }
    }

    private static void addFile(Path file, List<String> found) {
        try {
            if (BuildEnvironment.problemOf(file) == null) {
                addText(new String(Files.readAllBytes(file), StandardCharsets.UTF_8), found);
            }
        } catch (IOException e) {
            // A build that needs it says that it cannot be read.
        }
    }

    private static void addText(String text, List<String> found) {
        addCredentials(text, found);
        for (String line : text.lines().map(String::strip).toList()) {
            if (line.startsWith("#") || line.startsWith(";")) {
                continue;
            }
            Matcher named = NAMED_VALUE.matcher(line);
            while (named.find()) {
                found.add(named.group(1));
            }
        }
        Matcher key = PRIVATE_KEY.matcher(text);
        while (key.find()) {
            key.group(1).lines().map(String::strip).forEach(found::add);
        }
    }

    String apply(String line) {
        String masked = line;
        for (String secret : secrets) {
            masked = masked.replace(secret, "***");
        }
        return URL_CREDENTIALS.matcher(masked).replaceAll("://***@");
    }

    /**
     * Where a line that has no end yet can be broken so that no secret is torn in two: what comes after is kept for the next
     * piece.
     *
     * @return at most {@code line.length()}; 0 if it cannot be broken yet
     */
    int breakable(CharSequence line) {
        String text = line.toString();
        int longest = secrets.isEmpty() ? 0 : secrets.getFirst().length();
        int cut = Math.max(0, text.length() - Math.max(0, longest - 1));
        boolean moved = true;
        while (moved) {
            moved = false;
            for (String secret : secrets) {
                int start = text.indexOf(secret, Math.max(0, cut - secret.length() + 1));
                if (start >= 0 && start < cut) {
                    cut = start;
                    moved = true;
                }
            }
        }
        int url = text.lastIndexOf("://", cut);
        boolean open =
                url >= 0 && text.substring(url, cut).chars().noneMatch(c -> c == '@' || Character.isWhitespace(c));
        return open && text.length() - url < LONGEST_CREDENTIALS ? url : cut;
    }
}
