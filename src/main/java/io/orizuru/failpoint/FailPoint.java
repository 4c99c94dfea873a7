package io.orizuru.failpoint;

/**
 * One place where the server can be made to die.
 *
 * @param name unique, as {@code deploy.in-build}
 * @param where for people: what was done when it is reached, and what was not
 */
public record FailPoint(String name, String where) {
    /**
     * The work has come here.
     *
     * @param target what is worked on, an app's name in most cases; the point may be armed for one of them alone
     */
    public void hit(String target) {
        Armed.reached(name, target);
    }
}
