package io.orizuru.endtoend;

/** What the walk does to apps, again and again. */
enum Operation {
    CREATE,
    DEPLOY,
    BROKEN_DEPLOY,
    SET_VARIABLE,
    ADD_UNIT,
    REMOVE_UNIT,
    STOP,
    START,
    RESTART,
    RUN,
    CANARY,
    REMOVE
}
