"""Reading prompts: phrases, subjects, shots; loads neither numpy nor OpenCV, because the server itself runs it."""
