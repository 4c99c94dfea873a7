package io.orizuru.provision;

/** Where a running step tells what it does; a line each, without its newline. Never blocks on a reader. */
@FunctionalInterface
public interface Output {
    void line(String text);
}
