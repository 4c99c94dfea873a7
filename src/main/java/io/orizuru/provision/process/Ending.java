package io.orizuru.provision.process;

/** How a process ended, in words. */
final class Ending {
    /** What a shell adds to the number of the signal that ended a process. */
    private static final int SIGNALLED = 128;

    /** The code of an end that nobody could note: everything was killed at once. */
    static final int KILLED = SIGNALLED + 9;

    private Ending() {}

    static String describe(int code) {
        if (code > SIGNALLED && code <= SIGNALLED + 64) {
            return "was killed by signal " + (code - SIGNALLED);
        }
        return "exited with " + code;
    }

    /** As {@link #describe}, as a reason of its own: "exited with 1", "killed by signal 9". */
    static String reason(int code) {
        String text = describe(code);
        return text.startsWith("was ") ? text.substring(4) : text;
    }
}
