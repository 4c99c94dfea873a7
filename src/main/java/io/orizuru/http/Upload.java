package io.orizuru.http;

import java.nio.file.Path;

/**
 * A file that came with a request. It is deleted when the request ends, unless it was moved away before.
 *
 * @param name the file name that the client gave, for people only
 * @param path where it lies
 * @param size in bytes
 */
public record Upload(String name, Path path, long size) {}
