import { testShortForms } from "./short_forms.ts";

testShortForms("others");
