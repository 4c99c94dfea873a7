package io.orizuru.http;

import io.orizuru.failure.Failure;

/** Counts the values, names and groups of one input, each of which takes memory however short it is. */
final class Items {
    private final int most;
    private int count;

    Items(int most) {
        this.most = most;
    }

    /** @throws Failure too large when there are more than there may be */
    void add(int more) {
        count += more;
        if (count > most) {
            throw Failure.tooLarge("the input has more than " + most + " values, names and groups");
        }
    }

    int count() {
        return count;
    }
}
