import { testShortForms } from "./short_forms.ts";

testShortForms("server faults");
