package io.orizuru.provision;

/** Knows what a unit on record is made of; from the release that it was started with. */
@FunctionalInterface
public interface Specs {
    UnitSpec of(UnitRecord unit);
}
