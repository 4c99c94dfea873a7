package io.orizuru.doctor;

import java.util.List;

/** Looks at one part of the whole. */
interface Check {
    List<Finding> look();
}
