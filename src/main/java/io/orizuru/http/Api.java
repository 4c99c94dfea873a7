package io.orizuru.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An operation of the API. Its path and method are JAX-RS's; the rest of what must be known about it stands here. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Api {
    /** What it does, in a few words; the title in the API's description. */
    String title();

    /** The one version prefix under which it answers, besides none. */
    String since();

    /** Whether it answers callers without credentials. */
    boolean open() default false;

    /** Whether it answers somebody who must change the password before anything else. */
    boolean withExpiredPassword() default false;

    /** Other documented ways to it: whole paths, with their prefix if they have one. */
    String[] aliases() default {};

    /** The record that its input is bound to; {@code Void} for none. */
    Class<?> input() default Void.class;

    /** What it answers with: a record, or the element type of a list; {@code Void} for no body or a text. */
    Class<?> output() default Void.class;

    /**
     * The most bytes of its body, all fields of a form together and files not counted; more is refused before it is read. An
     * operation without a {@link Body} has none. For {@link #BY_METHOD} it is {@link #USUAL_BODY}, and none for GET.
     */
    int maxBody() default BY_METHOD;

    /** The fields in which a multipart form may bring a file; no other file is taken. */
    String[] files() default {};

    /** Whether it answers with a WebSocket, see {@link Sockets}. */
    boolean socket() default false;

    /** Whether it waits for somebody else's answer, as long as that takes; see {@link BoundedAnswers}. */
    boolean waits() default false;

    /** What an answer costs the server: it decides which budgets of the caller it counts against. */
    Cost cost() default Cost.USUAL;

    /** The statuses that it answers with besides 401, 429 and 500. */
    int[] statuses() default {200};

    int BY_METHOD = -1;

    /** Some names and a text; in bytes. */
    int USUAL_BODY = 64 << 10;

    /** What an answer costs the server. */
    enum Cost {
        /** Next to nothing, and it must be had at any time; with parameters it counts as usual. */
        NONE,
        USUAL,
        /** A password is hashed: some 50 ms of a core. */
        PASSWORD
    }
}
