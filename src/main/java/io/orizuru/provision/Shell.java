package io.orizuru.provision;

/**
 * A shell that runs in an app and has a terminal. One thread may read and one may write at the same time, both platform
 * threads.
 */
public interface Shell extends AutoCloseable {
    /**
     * Waits for what the terminal shows.
     *
     * @return how many bytes were read, 1 or more; -1 when the shell has ended and all was read
     */
    int read(byte[] buffer);

    /** Types the bytes, as fast as they are taken; after the shell's end they are lost. */
    void write(byte[] bytes);

    /** The shell's exit code, 0 to 255, once it has ended; 128 and the signal's number when a signal ended it. */
    int exitCode();

    /** Ends the shell and all that was started in it, if it has not ended; returns when that is done. */
    @Override
    void close();
}
