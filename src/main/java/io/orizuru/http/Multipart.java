package io.orizuru.http;

import io.orizuru.failure.Failure;
import io.orizuru.files.OwnedFile;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.fileupload2.core.FileUploadException;
import org.apache.commons.fileupload2.core.MultipartInput;
import org.jspecify.annotations.Nullable;

/**
 * Reads a multipart form. Files go to disk as they come, where the operation takes them; all else, heads of parts included, is
 * counted together and may have as many bytes as any other body of the operation.
 */
final class Multipart {
    /** Of what is no file: as it comes, and as text. */
    static final int COPIES = 3;

    private static final int LONGEST_HEAD = 4 << 10;
    private static final int LONGEST_NAME = 1 << 10;

    /** What people upload is nobody else's business on this machine. */
    private static final FileAttribute<?> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private static final Pattern NAME = Pattern.compile("[;\\s]name=\"?([^\";]*)\"?");
    private static final Pattern FILE_NAME = Pattern.compile("[;\\s]filename=\"?([^\";]*)\"?");

    private final InputStream in;
    private final BodyRule rule;
    private final Uploads uploads;
    private final Path directory;
    private final Map<String, List<String>> fields = new LinkedHashMap<>();
    private final Map<String, Upload> files = new LinkedHashMap<>();
    private UploadRoom.@Nullable Upload room;
    private int count;
    private long left;

    Multipart(InputStream in, BodyRule rule, Uploads uploads, Path directory) {
        this.in = in;
        this.rule = rule;
        this.uploads = uploads;
        this.directory = directory;
        this.left = rule.bytes();
    }

    /** Takes files, for which there is this room. */
    Multipart into(UploadRoom.Upload upload) {
        this.room = upload;
        return this;
    }

    Body.Content read(String boundary) throws IOException {
        try {
            MultipartInput parts = MultipartInput.builder()
                    .setInputStream(in)
                    .setBoundary(boundary.getBytes(StandardCharsets.UTF_8))
                    .setPartHeaderSizeMax(LONGEST_HEAD)
                    .get();
            for (boolean more = parts.skipPreamble(); more; more = parts.readBoundary()) {
                part(parts);
            }
        } catch (FileUploadException | IllegalArgumentException e) {
            uploads.deleteLeftOvers();
            throw Failure.invalid("the multipart body is broken: " + Texts.shown(String.valueOf(e.getMessage())));
        } catch (IOException | RuntimeException e) {
            // What came of it is of no use, and the request's end may be long in coming.
            uploads.deleteLeftOvers();
            throw e;
        }
        return new Body.Content(Body.Kind.MULTIPART, new byte[0], fields, files);
    }

    private void part(MultipartInput parts) throws IOException {
        String head = parts.readHeaders();
        take(head.length());
        if (++count > rule.items()) {
            throw Failure.tooLarge("the form has more than " + rule.items() + " fields");
        }
        String disposition = head.lines()
                .filter(line -> line.regionMatches(true, 0, "content-disposition:", 0, 20))
                .findFirst()
                .orElse("");
        String name = text(NAME, disposition, "the name of a field");
        if (FILE_NAME.matcher(disposition).find()) {
            file(parts, name, text(FILE_NAME, disposition, "the name of a file"));
        } else {
            fields.computeIfAbsent(name, absent -> new ArrayList<>()).add(value(parts, name));
        }
    }

    private void take(long bytes) {
        left -= bytes;
        if (left < 0) {
            throw Failure.tooLarge("the fields of the form have more than " + rule.bytes() + " bytes together");
        }
    }

    private static String text(Pattern pattern, String head, String what) {
        Matcher matcher = pattern.matcher(head);
        String text = matcher.find() ? matcher.group(1) : "";
        if (text.length() > LONGEST_NAME) {
            throw Failure.invalid(what + " has more than " + LONGEST_NAME + " characters");
        }
        return Texts.line(text, what);
    }

    private String value(MultipartInput parts, String name) throws IOException {
        ByteArrayOutputStream value = new ByteArrayOutputStream();
        try (OutputStream out = new CountedOutput(value, this::take)) {
            parts.readBodyData(out);
        }
        return Texts.utf8(value.toByteArray(), "the field \"" + Texts.shown(name) + "\"");
    }

    private void file(MultipartInput parts, String name, String fileName) throws IOException {
        UploadRoom.Upload into = room;
        if (into == null || !rule.files().contains(name)) {
            throw Failure.invalid("\"" + Texts.shown(name) + "\" is a file; "
                    + (rule.files().isEmpty()
                            ? "this operation takes none"
                            : "this operation takes one as " + String.join(" or ", rule.files())));
        }
        if (files.containsKey(name)) {
            throw Failure.invalid(
                    "the form has two files \"" + Texts.shown(name) + "\"; it is not clear which one is meant");
        }
        Files.createDirectories(directory, OWNER_ONLY);
        Path file = Files.createTempFile(directory, "upload-", OwnedFile.suffix());
        uploads.add(file);
        try (OutputStream out = new CountedOutput(Files.newOutputStream(file), into::write)) {
            parts.readBodyData(out);
        }
        long size = Files.size(file);
        if (size > BodyRule.LARGEST_FILE) {
            throw Failure.tooLarge("the file \"" + name + "\" is larger than " + BodyRule.LARGEST_FILE + " bytes");
        }
        files.put(name, new Upload(fileName, file, size));
    }

    private interface Counter {
        void count(long bytes);
    }

    /** Counts what is going to be written; whoever counts may refuse it. */
    private static final class CountedOutput extends FilterOutputStream {
        private final Counter counter;

        CountedOutput(OutputStream out, Counter counter) {
            super(out);
            this.counter = counter;
        }

        @Override
        public void write(int oneByte) throws IOException {
            counter.count(1);
            out.write(oneByte);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            counter.count(length);
            out.write(bytes, offset, length);
        }
    }
}
