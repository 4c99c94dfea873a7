package io.orizuru.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An operation that changes something: it writes an event. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Audited {
    /** The event's kind; the operation's first permission when empty. */
    String kind() default "";

    /** Whether it can be cancelled while it runs. */
    boolean cancelable() default false;
}
