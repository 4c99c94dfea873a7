package io.orizuru.endtoend;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** The files of an app, to be changed and packed. */
public record Source(Map<String, String> files) {
    private static final Path EXAMPLES = Path.of(System.getProperty("basedir", "."), "examples");

    public Source {
        files = Map.copyOf(files);
    }

    /** One of the bundled examples. */
    static Source example(String name) {
        Path directory = EXAMPLES.resolve(name);
        try (Stream<Path> found = Files.walk(directory)) {
            Map<String, String> files = new TreeMap<>();
            for (Path file : found.filter(Files::isRegularFile).toList()) {
                files.put(directory.relativize(file).toString(), Files.readString(file));
            }
            return new Source(files);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A Python app that listens only after a while, and says so. */
    static Source slow(int seconds) {
        return example("python").with("app.py", """
                import http.server, os, time
                time.sleep(%1$d)
                print("slept for %1$d s", flush=True)
                class Page(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        self.send_response(200)
                        self.end_headers()
                        self.wfile.write(b"after %1$d s, ok")
                http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Page).serve_forever()
                """.formatted(seconds)).with("requirements.txt", "");
    }

    /** With a file more, or another one. */
    Source with(String name, String content) {
        Map<String, String> changed = new TreeMap<>(files);
        changed.put(name, content);
        return new Source(changed);
    }

    /** With a text in a file replaced, which must be there. */
    Source replacing(String name, String text, String by) {
        String content = files.getOrDefault(name, "");
        if (!content.contains(text)) {
            throw new IllegalArgumentException("\"" + text + "\" does not stand in " + name);
        }
        return with(name, content.replace(text, by));
    }

    /** As the client packs it: a tar archive, compressed with gzip. */
    byte[] archive() {
        return archive(files);
    }

    /** As {@link #archive()}, of these files. */
    public static byte[] archive(Map<String, String> files) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
            for (Map.Entry<String, String> file : new TreeMap<>(files).entrySet()) {
                byte[] content = file.getValue().getBytes(UTF_8);
                TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
                entry.setSize(content.length);
                tar.putArchiveEntry(entry);
                tar.write(content);
                tar.closeArchiveEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
