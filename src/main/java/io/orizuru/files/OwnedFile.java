package io.orizuru.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Files that are of use only while the process that made them goes on with them. Their names end with its number, so that
 * what a killed server left can be told from what another one on this machine is about to use.
 */
public final class OwnedFile {
    private OwnedFile() {}

    /** The end of the names of this process's files. */
    public static String suffix() {
        return "-" + ProcessHandle.current().pid();
    }

    /**
     * The files of a directory whose process is gone; also those that name none, or this process: in a container each life has
     * the same number, and whoever asks has made none yet.
     */
    public static List<Path> abandoned(Path directory) {
        List<Path> abandoned = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (ownerIsGone(file.getFileName().toString())) {
                    abandoned.add(file);
                }
            }
        } catch (NoSuchFileException | NotDirectoryException e) {
            return List.of();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + directory, e);
        }
        return abandoned;
    }

    private static boolean ownerIsGone(String name) {
        String pid = name.substring(name.lastIndexOf('-') + 1);
        if (!pid.matches("\\d{1,10}")) {
            return true;
        }
        long owner = Long.parseLong(pid);
        return owner == ProcessHandle.current().pid() || ProcessHandle.of(owner).isEmpty();
    }
}
