#!/bin/sh
# Renders more than ten minutes of speech with flite and espeak-ng, in every voice at several pitches, and checks that
# no key and no beep is heard in it, and that keys are heard through all of it at once.
# Usage: media/tools/talk-off.sh [FOLDER with WAV files to add]
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
text=$folder/text

cat > "$text" <<'TEXT'
Good morning, this is the surgery calling about your appointment on Thursday the fourteenth at half past nine.
If that still suits you, please say yes, or press one. To choose another time, press two, or just tell me when.
I am sorry, I did not quite catch that. Could you say it again, a little more slowly?
No, that was my mother. She is out in the garden, let me see whether I can find her for you. Hold on a moment.
Well, the twenty third would be fine, but not before noon, because I have to take the children to school first.
Seven, seven, four, zero, nine, two, double five, eight. No, wait, it ends in three, not in eight.
Who is calling, please? How did you get this number? I do not think that we have ever spoken before.
Could you tell them that the delivery never arrived, and that the driver did not even ring the bell?
Oh, really? Mm, yes. Yes, I know. Aha. Right. Okay. Oh no. Well, well. All right then, thank you, goodbye.
We would like to ask you three short questions about your stay. It will take no longer than two minutes.
On a scale from zero to ten, how likely is it that you would recommend us to your friends and neighbours?
Please remove me from your list and do not call me again. I have asked for that twice already this year.
The quick brown fox jumps over the lazy dog while the five boxing wizards watch from the quay in amazement.
Whether the weather be cold, or whether the weather be hot, we will weather the weather, whatever the weather.
She sells sea shells by the sea shore, and Peter Piper picked a peck of pickled peppers for a purple people eater.
Our yellow aeroplane flew low over the rainy valley, alone, while long blue shadows rolled along the hollow moor.
TEXT

render_flite() {
    for voice in kal kal16 awb rms slt; do
        for pitch in 90 130 190 250; do
            flite -voice "$voice" --setf int_f0_target_mean=$pitch -f "$text" -o "$folder/flite-$voice-$pitch.wav"
        done
    done
}

render_espeak() {
    for voice in en-us en-gb en-us+f2 en-us+f5 en-gb+m7 de fr+f4; do
        for pitch in 20 50 90; do
            espeak-ng -v "$voice" -p $pitch -s 150 -f "$text" -w "$folder/espeak-$voice-$pitch.wav"
        done
    done
}

rendered=no
if command -v flite > /dev/null; then render_flite; rendered=yes; fi
if command -v espeak-ng > /dev/null; then render_espeak; rendered=yes; fi
if [ $# -gt 0 ]; then cp "$1"/*.wav "$folder"; rendered=yes; fi
if [ $rendered = no ]; then echo "install flite or espeak-ng, or name a folder with WAV files" >&2; exit 2; fi

VOXGATE_SPEECH=$folder cargo test -p voxgate-media --features rendered-speech --test audio rendered -- --nocapture
