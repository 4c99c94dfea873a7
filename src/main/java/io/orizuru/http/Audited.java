package io.orizuru.http;

import jakarta.enterprise.util.Nonbinding;
import jakarta.interceptor.InterceptorBinding;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** An operation that changes something: it writes an event, and may be repeated with an {@code Idempotency-Key}. */
@InterceptorBinding
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface Audited {
    /** The event's kind; the operation's first permission when empty. */
    @Nonbinding
    String kind() default "";

    /** Whether it can be cancelled while it runs. */
    @Nonbinding
    boolean cancelable() default false;

    /**
     * Whether it is refused while there is too little room on the disk: it brings files, units, or much into the database. What
     * frees room, stops something or goes back must not be.
     */
    @Nonbinding
    boolean grows() default false;

    /** What failed, when its stream is the text of a deploy and ends with an error; empty when it is one of JSON objects. */
    @Nonbinding
    String deployText() default "";
}
