package io.orizuru.http;

import jakarta.enterprise.util.Nonbinding;
import jakarta.interceptor.InterceptorBinding;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The permission that an operation needs, in the contexts of the object that its path names. */
@InterceptorBinding
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.METHOD, ElementType.TYPE})
public @interface Requires {
    /** Nodes of the permission tree; the first is the one that the operation is known for. */
    @Nonbinding
    String[] value() default {};

    /** Where it is looked at. */
    @Nonbinding
    Checked checked() default Checked.BEFORE;

    /** Where a permission is looked at. */
    enum Checked {
        /** Before the method runs, on its {@link io.orizuru.access.Scoped} argument, else globally. */
        BEFORE,
        /** By the service, because the contexts come from the input. */
        BY_SERVICE,
        /** By the query: the answer holds what the caller may see. */
        BY_FILTER,
        /** Nowhere, since it needs none: the platform's own agents may, and nobody else, whatever they hold. */
        FOR_AGENTS
    }
}
