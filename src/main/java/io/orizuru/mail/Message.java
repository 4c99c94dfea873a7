package io.orizuru.mail;

/**
 * A mail to one person.
 *
 * @param to a plain address
 * @param text plain, of lines ended by {@code \n}
 */
public record Message(String to, String subject, String text) {
    /** Its text may hold a token. */
    @Override
    public String toString() {
        return "Message to " + to + ": " + subject;
    }
}
